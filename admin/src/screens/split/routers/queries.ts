import { queryOptions } from "@tanstack/react-query";

import { api, body } from "@/api/client";
import { topic } from "@/api/follows";

/** What happened to a binding, newest first. */
export const eventsQuery = (environment: string, key: string, limit: number) =>
  queryOptions({
    queryKey: ["binding-events", environment, key, limit],
    queryFn: () =>
      body(
        api.GET("/api/v1/environments/{environment}/bindings/{key}/events", {
          params: { path: { environment, key }, query: { limit } },
        }),
      ),
    placeholderData: (before) => before,
    meta: { follows: [topic("binding-status", environment, key), topic("binding", environment, key)] },
  });

/** What the routers of a binding would be told now. */
export const planQuery = (environment: string, key: string, split: string) =>
  queryOptions({
    queryKey: ["binding-plan", environment, key],
    queryFn: () =>
      body(
        api.POST("/api/v1/environments/{environment}/bindings/{key}/plan", {
          params: { path: { environment, key } },
        }),
      ),
    gcTime: 0,
    meta: {
      follows: [topic("binding-status", environment, key), topic("split", environment, split)],
    },
  });
