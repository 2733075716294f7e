import { NGINX, HAPROXY } from "./edits";
import { CADDY, ENVOY, TRAEFIK } from "./edits-yaml";
import type { Facts } from "./facts";
import { filled, type Edit } from "./fill";

export type Examples = Readonly<Record<string, string>>;

/** One file of a configuration, for this split. */
export interface File {
  readonly name: string;
  readonly text: string;
}

/** A way to connect a load balancer: asked at each request, or told by a router. */
export interface Form {
  readonly name: "Asked" | "Told";
  readonly meaning: string;
  readonly files: readonly File[];
  /** Beside the files: what has to be there before. */
  readonly prepare: string;
  readonly start: string;
  /** Whether a router has to be named in FLAGSVC_ROUTERS and bound. */
  readonly binds: boolean;
}

export const BALANCERS = ["nginx", "HAProxy", "Envoy", "Caddy", "Traefik"] as const;
export type Balancer = (typeof BALANCERS)[number];

type Sketch = Omit<Form, "files" | "prepare"> & {
  /** Example → name of the file that it becomes. */
  readonly files: Readonly<Record<string, string>>;
  readonly prepare?: (facts: Facts) => string;
};

const EDITS: Readonly<Record<string, readonly Edit[]>> = {
  ...NGINX,
  ...HAPROXY,
  ...ENVOY,
  ...CADDY,
  ...TRAEFIK,
};
const ASKED =
  "asks this service at each request, for at most 50 ms; no answer means stable. Rules, listed units and the sticky cookie count.";
const TABLE =
  "decides by itself, by the table and hash that a router writes for it. No request waits for the service, and every unit is where the SDKs say.";
const DRAWN =
  "draws each request anew, by weights that a router sets. Nobody stays where they were: for stateless backends.";
const ROUTERS = "routers.yaml";

const asked = (files: Sketch["files"], start: string): Sketch => ({
  name: "Asked",
  meaning: ASKED,
  files,
  start,
  binds: false,
});
const told = (
  meaning: string,
  files: Sketch["files"],
  start: string,
  prepare?: Sketch["prepare"],
): Sketch => ({ name: "Told", meaning, files, start, prepare, binds: true });

const SKETCHES: Readonly<Record<Balancer, readonly [Sketch, Sketch]>> = {
  nginx: [
    asked(
      { "nginx/nginx.conf": "nginx.conf" },
      "nginx -e stderr -p /srv/edge -c nginx.conf -g 'daemon off;'",
    ),
    told(
      TABLE,
      { "nginx/told.conf": "told.conf", "nginx.md#yaml-1": ROUTERS },
      "nginx -e stderr -p /srv/edge -c told.conf -g 'daemon off;'",
      ({ split }) =>
        `mkdir -p /srv/edge/told\necho '{}' > /srv/edge/told/${split}.json\nflagsvc edge show nginx > /srv/edge/edge.js`,
    ),
  ],
  HAProxy: [
    asked(
      { "haproxy/asked.cfg": "asked.cfg", "haproxy/cohort.lua": "cohort.lua" },
      "haproxy -W -C /srv/edge -f asked.cfg",
    ),
    told(
      TABLE,
      { "haproxy/told.cfg": "told.cfg", "haproxy.md#yaml-1": ROUTERS },
      "haproxy -W -C /srv/edge -f told.cfg",
      ({ split }) =>
        `mkdir -p /srv/edge/maps\nflagsvc edge show haproxy > /srv/edge/bucket.lua\ntouch ${["now", "ranges", "units"].map((part) => `/srv/edge/maps/${split}.${part}.map`).join(" ")}`,
    ),
  ],
  Envoy: [
    asked(
      { "envoy/asked.yaml": "asked.yaml" },
      "cd /srv/edge && exec envoy -c asked.yaml --disable-hot-restart",
    ),
    told(
      TABLE,
      { "envoy/told.yaml": "told.yaml", "envoy.md#yaml-1": ROUTERS },
      "cd /srv/edge && exec envoy -c told.yaml --disable-hot-restart",
      () => "mkdir -p /srv/edge\nflagsvc edge show envoy > /srv/edge/bucket.lua",
    ),
  ],
  Caddy: [
    asked({ "caddy/Caddyfile": "Caddyfile" }, "caddy run --config /srv/edge/Caddyfile --adapter caddyfile"),
    told(
      DRAWN,
      { "caddy.md#caddyfile-1": "Caddyfile", "caddy.md#yaml-1": ROUTERS },
      "caddy run --config /srv/edge/Caddyfile --adapter caddyfile",
    ),
  ],
  Traefik: [
    asked(
      { "traefik/traefik.yaml": "traefik.yaml", "traefik/dynamic.yaml": "dynamic.yaml" },
      "cd /srv/edge && exec traefik --configFile=traefik.yaml",
    ),
    told(
      DRAWN,
      {
        "traefik.md#yaml-1": "traefik.yaml",
        "traefik.md#yaml-2": "dynamic.yaml",
        "traefik.md#yaml-3": ROUTERS,
      },
      "cd /srv/edge && exec traefik --configFile=traefik.yaml",
    ),
  ],
};

/** Both forms of a load balancer, filled in for a split. */
export function formsOf(balancer: Balancer, facts: Facts, examples: Examples): readonly Form[] {
  return SKETCHES[balancer].map(({ files, prepare, ...sketch }) => ({
    ...sketch,
    files: Object.entries(files).map(([example, name]) => ({ name, text: of(example, facts, examples) })),
    prepare: prepare?.(facts) ?? "mkdir -p /srv/edge",
  }));
}

function of(example: string, facts: Facts, examples: Examples): string {
  const text = examples[example];
  if (text === undefined) throw new Error(`There is no example ${example}.`);
  return filled(text, EDITS[example] ?? [], facts);
}
