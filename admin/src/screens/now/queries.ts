import { queryOptions } from "@tanstack/react-query";

import { api, body } from "@/api/client";
import { topic } from "@/api/follows";

import { DAY_MS } from "./words";

const ENTRIES = 100;
const FEW = 4;

/** What happened to flags in the last 24 hours, newest first; a change of many environments is many entries. */
export const flagChangesQuery = queryOptions({
  queryKey: ["now", "flag-changes"],
  queryFn: async () => {
    const since = new Date(Date.now() - DAY_MS).toISOString();
    const params = { query: { kind: "flag" as const, since, limit: ENTRIES } };
    const page = await body(api.GET("/api/v1/audit", { params }));
    return page.items;
  },
  meta: { follows: [topic("flag")] },
});

/** A few flags: enough to know whether somebody has begun. */
export const firstFlagsQuery = queryOptions({
  queryKey: ["now", "first-flags"],
  queryFn: async () => (await body(api.GET("/api/v1/flags", { params: { query: { limit: FEW } } }))).items,
  meta: { follows: [topic("flag")] },
});
