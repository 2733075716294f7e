import { address, all, each, plain, stable, variable, type Edit } from "./fill";

export const DECIDE: Edit = [
  "/traffic/v1/production/checkout/decide",
  ({ environment, split }) => `/traffic/v1/${environment}/${split}/decide`,
];
export const NAMED: Edit = ['"checkout"', ({ split }) => `"${split}"`];
export const SERVICE: Edit = ["127.0.0.1:8080", address];

const header = (name: string) => `$http_${name.toLowerCase().replaceAll("-", "_")}`;
const UPSTREAMS: readonly Edit[] = [
  stable("upstream stable "),
  each("  upstream canary  { server 127.0.0.1:9002; keepalive 32; }\n"),
];

export const NGINX: Readonly<Record<string, readonly Edit[]>> = {
  "nginx/nginx.conf": [
    DECIDE,
    SERVICE,
    NAMED,
    ...UPSTREAMS,
    each('"200 canary" canary;', plain, " "),
    stable("default stable;"),
    stable("proxy_pass http://stable;"),
  ],
  "nginx/told.conf": [
    NAMED,
    ...UPSTREAMS,
    ["told/checkout.json", ({ split }) => `told/${split}.json`],
    ["/flagsvc/checkout", ({ split }) => `/flagsvc/${split}`],
    ["js_preload_object checkout", ({ split }) => `js_preload_object ${variable(split)}`],
    ["$flagsvc_split checkout;", ({ split }) => `$flagsvc_split ${variable(split)};`],
    [
      "map $http_x_user_id $flagsvc_unit { default $http_x_user_id; }",
      ({ unitHeader }) => `map ${header(unitHeader)} $flagsvc_unit { default ${header(unitHeader)}; }`,
    ],
    [
      "map $decided $told { canary canary; default stable; }",
      ({ others, stable: first }) =>
        `map $decided $told { ${others.map((name) => `${name} ${name};`).join(" ")} default ${first}; }`,
    ],
    [
      "map $http_x_force_cohort $cohort { stable stable; canary canary; default $told; }",
      (facts) =>
        facts.force
          ? `map ${header(facts.force)} $cohort { ${all(facts, (name) => `${name} ${name};`, " ")} default $told; }`
          : 'map "" $cohort { default $told; }',
    ],
  ],
  "nginx.md#yaml-1": [
    ["told/checkout.json", ({ split }) => `told/${split}.json`],
    ["/flagsvc/checkout", ({ split }) => `/flagsvc/${split}`],
    ["[stable, canary]", (facts) => `[${all(facts, JSON.stringify, ", ")}]`],
  ],
};

const ROUTES: readonly Edit[] = [
  ["-m str canary }\n  http-request", ({ others }) => `-m str ${others.join(" ")} }\n  http-request`],
  ["str(stable)", ({ stable: first }) => `str(${first})`],
  each("  use_backend canary if { var(txn.cohort) -m str canary }\n"),
  stable("default_backend stable"),
  stable("backend stable\n  server stable1"),
  each("backend canary\n  server canary1 127.0.0.1:9002\n", plain, "\n"),
];

export const HAPROXY: Readonly<Record<string, readonly Edit[]>> = {
  "haproxy/asked.cfg": [SERVICE, NAMED, ...ROUTES],
  "haproxy/cohort.lua": [DECIDE],
  "haproxy/told.cfg": [
    NAMED,
    ...ROUTES,
    ["maps/checkout.", ({ split }) => `maps/${split}.`],
    ["req.fhdr(x-user-id)", ({ unitHeader }) => `req.fhdr(${unitHeader.toLowerCase()})`],
    [
      "  http-request set-var(txn.cohort) req.fhdr(x-force-cohort) if { req.fhdr(x-force-cohort) -m str stable canary }\n",
      (facts) => (facts.force ? preview(facts.force.toLowerCase(), all(facts, plain, " ")) : ""),
    ],
  ],
  "haproxy.md#yaml-1": [
    ["maps: maps/checkout ", ({ split }) => `maps: maps/${split} `],
    [
      "{stable: stable, canary: canary}",
      (facts) => `{${all(facts, (name) => `${JSON.stringify(name)}: ${JSON.stringify(name)}`, ", ")}}`,
    ],
  ],
};

function preview(name: string, names: string): string {
  return `  http-request set-var(txn.cohort) req.fhdr(${name}) if { req.fhdr(${name}) -m str ${names} }\n`;
}
