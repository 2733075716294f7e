import { queryOptions } from "@tanstack/react-query";

import { all, api, body } from "./client";
import { topic } from "./follows";

const PAGE = 200;

/** Every segment of an environment, or those that are archived. */
export const allSegmentsQuery = (environment: string, archived: boolean) =>
  queryOptions({
    queryKey: ["segments", environment, archived ? "archived" : "open"],
    queryFn: () =>
      all((cursor) =>
        body(
          api.GET("/api/v1/environments/{environment}/segments", {
            params: { path: { environment }, query: { limit: PAGE, cursor, archived } },
          }),
        ),
      ),
    meta: { follows: [topic("segment", environment)] },
  });

/** One segment. */
export const segmentQuery = (environment: string, key: string) =>
  queryOptions({
    queryKey: ["segment", environment, key],
    queryFn: () =>
      body(
        api.GET("/api/v1/environments/{environment}/segments/{key}", {
          params: { path: { environment, key } },
        }),
      ),
    meta: { follows: [topic("segment", environment, key)] },
  });
