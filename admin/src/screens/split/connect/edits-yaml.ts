import { DECIDE, NAMED } from "./edits";
import { all, each, plain, stable, yaml, type Edit } from "./fill";

const pair = (name: string) => `${yaml(name)}: ${yaml(name)}`;
const isAddress = (host: string) => /^(\d+\.){3}\d+$|^\[/.test(host);

const cluster = (name: string, port: number) => `  - name: ${name}
    type: STATIC
    connect_timeout: 1s
    load_assignment:
      cluster_name: ${name}
      endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: ${port}}}}}]}]
`;

const ENVOY_SERVICE: readonly Edit[] = [
  [
    "name: flagsvc\n    type: STATIC",
    ({ host }) => `name: flagsvc\n    type: ${isAddress(host) ? "STATIC" : "STRICT_DNS"}`,
  ],
  [
    "{address: 127.0.0.1, port_value: 8080}",
    ({ host, port }) => `{address: ${host.replace(/^\[(.*)\]$/, '"$1"')}, port_value: ${port}}`,
  ],
];

// The last one ends the file, with or without a line's end.
const ENVOY_BACKENDS: readonly Edit[] = [
  stable(cluster("stable", 9001), yaml),
  each(cluster("canary", 9002), yaml),
];

export const ENVOY: Readonly<Record<string, readonly Edit[]>> = {
  "envoy/asked.yaml": [
    DECIDE,
    ...ENVOY_SERVICE,
    ...ENVOY_BACKENDS,
    each(
      "              - match: {prefix: /, headers: [{name: x-cohort, string_match: {exact: canary}}]}\n                route: {cluster: canary}\n",
      yaml,
    ),
    stable("route: {cluster: stable}", yaml),
    [
      'STABLE, COHORTS = "stable", { stable = true, canary = true }',
      (facts) =>
        `STABLE, COHORTS = ${JSON.stringify(facts.stable)}, { ${all(facts, (name) => `[${JSON.stringify(name)}] = true`, ", ")} }`,
    ],
  ],
  "envoy/told.yaml": [...ENVOY_SERVICE, ...ENVOY_BACKENDS],
  "envoy.md#yaml-1": [
    ["{stable: stable, canary: canary}", (facts) => `{${all(facts, pair, ", ")}}`],
    ["unit_header: x-user-id", ({ unitHeader }) => `unit_header: ${unitHeader.toLowerCase()}`],
  ],
};

const MATCHER = `		@canary header X-Cohort canary
		reverse_proxy @canary {
			to 127.0.0.1:9002
		}
`;

export const CADDY: Readonly<Record<string, readonly Edit[]>> = {
  "caddy/Caddyfile": [
    DECIDE,
    ["to 127.0.0.1:8080", ({ host, port }) => `to ${host}:${port}`],
    stable("request_header X-Cohort stable"),
    each(MATCHER, plain, "\n"),
  ],
  "caddy.md#caddyfile-1": [],
  "caddy.md#yaml-1": [stable("      stable: ", yaml), each('      canary: ["127.0.0.1:9002"]\n', yaml)],
};

const inFile = (facts: Parameters<typeof all>[0]) =>
  `{${all(facts, (name) => `${yaml(name)}: ${yaml(`${name}@file`)}`, ", ")}}`;

const child = (name: string) =>
  `    ${yaml(name)}: {parentRefs: [asked@file], rule: "Header(\`X-Cohort\`, \`${name}\`)", priority: 2, service: ${yaml(name)}}\n`;

export const TRAEFIK: Readonly<Record<string, readonly Edit[]>> = {
  "traefik/traefik.yaml": [],
  "traefik/dynamic.yaml": [
    DECIDE,
    NAMED,
    ["http://127.0.0.1:8080", ({ host, port }) => `http://${host}:${port}`],
    ["[flagsvc_unit]", ({ cookie }) => `[${yaml(cookie)}]`],
    [
      '    canary: {parentRefs: [asked@file], rule: "Header(`X-Cohort`, `canary`)", priority: 2, service: canary}\n',
      ({ others }) => others.map(child).join(""),
    ],
    [
      '    stable: {parentRefs: [asked@file], rule: "PathPrefix(`/`)", priority: 1, middlewares: [stable], service: stable}',
      ({ stable: name }) =>
        `    ${yaml(name)}: {parentRefs: [asked@file], rule: "PathPrefix(\`/\`)", priority: 1, middlewares: [stable], service: ${yaml(name)}}`,
    ],
    ["{X-Cohort: stable}", ({ stable: name }) => `{X-Cohort: ${yaml(name)}}`],
    ["    stable:\n      loadBalancer:", ({ stable: name }) => `    ${yaml(name)}:\n      loadBalancer:`],
    each(
      '    canary:\n      loadBalancer:\n        servers:\n          - url: "http://127.0.0.1:9002"\n',
      yaml,
    ),
  ],
  "traefik.md#yaml-1": [["http://127.0.0.1:8080", ({ host, port }) => `http://${host}:${port}`]],
  "traefik.md#yaml-2": [
    ["checkout: {rule", ({ split }) => `${yaml(split)}: {rule`],
    ["service: checkout@redis", ({ split }) => `service: ${yaml(`${split}@redis`)}`],
    ["# or checkout@http", ({ split }) => `# or ${split}@http`],
    stable("service: stable}", yaml),
    stable("    stable: {loadBalancer", yaml),
    each('    canary: {loadBalancer: {servers: [{url: "http://127.0.0.1:9002"}]}}\n', yaml),
  ],
  "traefik.md#yaml-3": [
    ["service: checkout\n", ({ split }) => `service: ${yaml(split)}\n`],
    ["{stable: stable@file, canary: canary@file}", inFile],
  ],
};
