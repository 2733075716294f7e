import { queryOptions } from "@tanstack/react-query";

import { api, body, type Schemas } from "@/api/client";
import { topic } from "@/api/follows";
import type { Plan, PlanMetric } from "@/components/plan/types";
import { rolloutBody } from "@/components/rollout/begin";

export type Rollout = Schemas["Rollout"];
export type Status = Schemas["RolloutStatus"];
export type { Plan, PlanMetric };
export type Timeline = Schemas["Timeline"];
export type LogEntry = Schemas["RolloutLogEntry"];

/** A rollout with a status; only a document without one of its own has none, and there is none such. */
export type Known = Rollout & { readonly status: Status };

/** The plan that a rollout copied when it began; members with their defaults may be left out. */
export function planOf(rollout: Rollout): Plan {
  return rollout.plan as unknown as Plan;
}

export const POINTS = 400;

const follows = (environment: string, key: string) => [
  topic("rollout", environment, key),
  topic("rollout-status", environment, key),
];

/** One rollout: its plan and where it stands. */
export const rolloutQuery = (environment: string, key: string) =>
  queryOptions({
    queryKey: ["rollout", environment, key],
    queryFn: () =>
      body(
        api.GET("/api/v1/environments/{environment}/rollouts/{key}", {
          params: { path: { environment, key } },
        }),
      ),
    meta: { follows: follows(environment, key) },
  });

/** The same over time. */
export const timelineQuery = (environment: string, key: string) =>
  queryOptions({
    queryKey: ["rollout-timeline", environment, key],
    queryFn: () =>
      body(
        api.GET("/api/v1/environments/{environment}/rollouts/{key}/timeline", {
          params: { path: { environment, key }, query: { points: POINTS } },
        }),
      ),
    meta: { follows: follows(environment, key) },
  });

/** What its steps can see, by the baseline's last hour; asked once, when it is opened. */
export const powerQuery = (environment: string, rollout: Rollout) =>
  queryOptions({
    queryKey: ["rollout-power", environment, rollout.key],
    queryFn: () =>
      body(
        api.POST("/api/v1/environments/{environment}/rollouts/preflight", {
          params: { path: { environment } },
          body: rolloutBody({ plan: rollout.plan }),
        }),
      ),
    staleTime: 5 * 60_000,
  });
