import { queryOptions } from "@tanstack/react-query";

import { api, body } from "@/api/client";
import { topic } from "@/api/follows";

/** Environments side by side; `all` with what is the same in them. */
export const compareQuery = (environments: readonly string[], all: boolean) =>
  queryOptions({
    queryKey: ["compare", environments, all],
    queryFn: () =>
      body(api.GET("/api/v1/compare", { params: { query: { environments: environments.join(","), all } } })),
    meta: { follows: [...environments.map((environment) => topic("change", environment)), topic("flag")] },
  });
