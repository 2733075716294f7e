import type { Schemas } from "@/api/client";

/** What of a traffic split, and of the service's address, goes into a load balancer's configuration. */
export interface Facts {
  readonly environment: string;
  readonly split: string;
  readonly stable: string;
  /** The backends but the stable one. */
  readonly others: readonly string[];
  readonly host: string;
  readonly port: number;
  readonly unitHeader: string;
  /** The header that names a backend outright, where the split has one. */
  readonly force: string | null;
  readonly cookie: string;
}

/** `host`, `host:port` or `[v6]:port`, perhaps behind `http://`; null for anything else. */
export function addressOf(text: string): { readonly host: string; readonly port: number } | null {
  const found =
    /^(?:http:\/\/)?(?<host>\[[0-9a-f:]+\]|[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::(?<port>\d{1,5}))?\/?$/i.exec(
      text.trim(),
    );
  const port = Number(found?.groups?.["port"] ?? 80);
  const host = found?.groups?.["host"];
  return host && port > 0 && port < 65_536 ? { host, port } : null;
}

/** The facts of a split, for a load balancer that reaches the service at `host` and `port`. */
export function factsOf(
  environment: string,
  split: Schemas["TrafficSplit"],
  { host, port }: { readonly host: string; readonly port: number },
): Facts {
  return {
    environment,
    split: split.key,
    stable: split.stable,
    others: split.backends.filter((name) => name !== split.stable),
    host,
    port,
    unitHeader: split.unit?.headers?.[0] ?? "X-User-Id",
    force: split.force?.header ?? null,
    cookie: split.sticky?.cookie ?? "flagsvc_unit",
  };
}
