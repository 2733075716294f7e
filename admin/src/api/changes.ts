import { queryOptions } from "@tanstack/react-query";

import { api, body } from "./client";

/** One change with its documents before and after; it never changes again. */
export const changeQuery = (environment: string, revision: number) =>
  queryOptions({
    queryKey: ["change", environment, revision],
    queryFn: () =>
      body(
        api.GET("/api/v1/environments/{environment}/changes/{revision}", {
          params: { path: { environment, revision } },
        }),
      ),
    staleTime: "static",
  });
