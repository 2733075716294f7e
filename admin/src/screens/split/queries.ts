import { queryOptions } from "@tanstack/react-query";

import { api, body, type Schemas } from "@/api/client";
import { topic } from "@/api/follows";

const DAY = 86_400_000;
const OFTEN = 15_000;

/** What was decided for those who asked, in the last 24 hours; null when nothing was. */
export const usageQuery = (environment: string, split: string) =>
  queryOptions({
    queryKey: ["split-usage", environment, split],
    queryFn: async () => {
      const since = new Date(Date.now() - DAY).toISOString();
      const { items } = await body(
        api.GET("/api/v1/environments/{environment}/usage", {
          params: { path: { environment }, query: { split, since } },
        }),
      );
      return items[0] ?? null;
    },
    refetchInterval: OFTEN, // the stream tells changes, not traffic
    meta: { follows: [topic("split", environment, split)] },
  });

/** Which backend a unit gets, and why. Attributes are sent and never kept. */
export const cohortQuery = (environment: string, split: string, unit: string, version: number) =>
  queryOptions({
    queryKey: ["cohort", environment, split, unit, version],
    queryFn: () =>
      body(
        api.POST("/api/v1/environments/{environment}/evaluate", {
          params: { path: { environment } },
          body: { split, context: { targetingKey: unit }, explain: true } as unknown as Schemas["Question"],
        }),
      ),
    gcTime: 0,
    meta: { follows: [topic("split", environment, split), topic("segment", environment)] },
  });
