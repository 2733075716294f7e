import { keepPreviousData, queryOptions } from "@tanstack/react-query";

import { all, api, body, type Schemas } from "@/api/client";
import { topic } from "@/api/follows";
import type { PlanTarget } from "@/components/plan/types";

import { factsBody, type Facts } from "./facts";

/** The plan that a strategy makes of these facts; nothing is stored. */
export const madeQuery = (environment: string, facts: Facts, targets: readonly PlanTarget[]) =>
  queryOptions({
    queryKey: ["plan-made", environment, facts, targets],
    queryFn: async () => {
      const made = await body(
        api.POST("/api/v1/environments/{environment}/plans/from-strategy", {
          params: { path: { environment } },
          body: factsBody(facts, targets),
        }),
      );
      return made.plan;
    },
    placeholderData: keepPreviousData,
    retry: false,
  });

export const savedPlansQuery = (environment: string) =>
  queryOptions({
    queryKey: ["plans", environment],
    queryFn: () =>
      all((cursor) =>
        body(
          api.GET("/api/v1/environments/{environment}/plans", {
            params: { path: { environment }, query: { limit: 200, cursor } },
          }),
        ),
      ),
    meta: { follows: [topic("plan", environment)] },
  });

/** What stands in the way, and what the steps can see. Asked anew each time: traffic and freezes change. */
export const preflightQuery = (environment: string, begun: Schemas["RolloutCreate"]) =>
  queryOptions({
    queryKey: ["preflight", environment, begun],
    queryFn: () =>
      body(
        api.POST("/api/v1/environments/{environment}/rollouts/preflight", {
          params: { path: { environment } },
          body: begun,
        }),
      ),
    staleTime: 60_000,
    retry: false,
  });

/** Whether it may begin now: a rehearsal, whose refusal says what holds it back. */
export const rehearsalQuery = (environment: string, begun: Schemas["RolloutCreate"]) =>
  queryOptions({
    queryKey: ["rehearsal", "rollout", environment, begun],
    queryFn: () =>
      body(
        api.POST("/api/v1/environments/{environment}/rollouts", {
          params: {
            path: { environment },
            query: { dryRun: true },
            header: { "X-Change-Reason": "rehearsal" },
          },
          body: begun,
        }),
      ),
    staleTime: 0,
    retry: false,
    meta: { follows: [topic("freeze", environment)] },
  });
