import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { api, body } from "@/api/client";

import { asked, type Filters } from "./filters";

/** Changes of all environments, newest first. Follows nothing: what is being read stays where it is. */
export const auditQuery = (filters: Filters) =>
  infiniteQueryOptions({
    queryKey: ["audit", asked(filters)],
    queryFn: ({ pageParam }) =>
      body(
        api.GET("/api/v1/audit", { params: { query: { ...asked(filters), limit: 50, cursor: pageParam } } }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    meta: { follows: [] },
  });

/** Whether the chains hold: worked out once for each tab, and again when somebody asks, because it reads everything. */
export const verificationQuery = queryOptions({
  queryKey: ["verification"],
  queryFn: () => body(api.GET("/api/v1/audit/verify")),
  staleTime: "static",
  gcTime: Infinity,
});
