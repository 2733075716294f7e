import { queryOptions } from "@tanstack/react-query";

import { all, api, body, type Schemas } from "@/api/client";
import { topic } from "@/api/follows";

export type Freeze = Schemas["Freeze"];

export const freezesQuery = (environment: string) =>
  queryOptions({
    queryKey: ["freezes", environment],
    queryFn: () =>
      all((cursor) =>
        body(
          api.GET("/api/v1/environments/{environment}/freezes", {
            params: { path: { environment }, query: { limit: 200, cursor } },
          }),
        ),
      ),
    meta: { follows: [topic("freeze", environment)] },
  });

/** What is active and not yet ended: those that a freeze may hold. */
export const heldQuery = (environment: string) =>
  queryOptions({
    queryKey: ["rollouts", "active", environment],
    queryFn: () =>
      all((cursor) =>
        body(api.GET("/api/v1/rollouts", { params: { query: { state: "active", environment, cursor } } })),
      ),
    meta: { follows: [topic("rollout", environment), topic("rollout-status", environment)] },
  });
