import { api, because, body } from "@/api/client";
import type { Environment } from "@/components/environment";
import type { Sending } from "@/components/review/write";

/** Archives a flag at the version that was seen; refused while something else needs it. */
export function archive(key: string, { query, headers }: Sending) {
  return body(api.POST("/api/v1/flags/{key}/archive", { params: { path: { key }, query, header: headers } }));
}

/** Reads which version a flag has now, and archives that one. */
export async function archiveNow(key: string, reason: string): Promise<void> {
  const flag = await body(api.GET("/api/v1/flags/{key}", { params: { path: { key } } }));
  await archive(key, {
    query: {},
    headers: { "If-Match": `"${String(flag.version)}"`, ...because(reason) },
  });
}

/** What an archive asks for, because it reaches all environments: a reason, and the name of a protected one typed. */
export function demands(environments: readonly Environment[]) {
  const guarded = environments.find((environment) => environment.protected);
  return {
    typed: guarded?.key ?? "",
    reason: environments.some((environment) => environment.protected || environment.requireReason),
  };
}
