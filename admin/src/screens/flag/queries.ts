import { queryOptions } from "@tanstack/react-query";

import { all, api, body } from "@/api/client";
import { topic } from "@/api/follows";

/** Rollouts that have not ended and move this flag in this environment, with their targets. */
export const drivingQuery = (environment: string, key: string) =>
  queryOptions({
    queryKey: ["driving", environment, key],
    queryFn: async () => {
      const lines = await all((cursor) =>
        body(
          api.GET("/api/v1/rollouts", {
            params: { query: { state: "active", environment, limit: 200, cursor } },
          }),
        ),
      );
      const here = lines.filter(({ targets }) =>
        targets.some((one) => one.kind === "flag" && one.key === key),
      );
      return Promise.all(
        here.map((line) =>
          body(
            api.GET("/api/v1/environments/{environment}/rollouts/{key}", {
              params: { path: { environment, key: line.key } },
            }),
          ),
        ),
      );
    },
    meta: { follows: [topic("rollout", environment), topic("rollout-status", environment)] },
  });

/** All rollouts that moved or move this flag in this environment, in short. */
export const rolloutsQuery = (environment: string, key: string) =>
  queryOptions({
    queryKey: ["rollouts-of", environment, key],
    queryFn: async () => {
      const lines = await all((cursor) =>
        body(api.GET("/api/v1/rollouts", { params: { query: { environment, limit: 200, cursor } } })),
      );
      return lines.filter(({ targets }) => targets.some((one) => one.kind === "flag" && one.key === key));
    },
    meta: { follows: [topic("rollout", environment), topic("rollout-status", environment)] },
  });

const PAGE = 20;

/** One page of the changes of this flag here, newest first. */
export const changesPage = (environment: string, key: string, cursor: string | undefined) =>
  body(
    api.GET("/api/v1/environments/{environment}/changes", {
      params: { path: { environment }, query: { kind: "flag", key, limit: PAGE, cursor } },
    }),
  );

const MINUTE = 60_000;

/** Uses of this flag here, hour by hour. Counters are not on the stream of changes: asked again while they are shown. */
export const usageQuery = (environment: string, key: string) =>
  queryOptions({
    queryKey: ["usage-of", environment, key],
    queryFn: async () => {
      const { items } = await body(
        api.GET("/api/v1/environments/{environment}/usage", {
          params: { path: { environment }, query: { flag: key } },
        }),
      );
      return items[0] ?? null;
    },
    refetchInterval: MINUTE,
  });

/** What refers to this flag here. */
export const usersQuery = (environment: string, key: string) =>
  queryOptions({
    queryKey: ["users-of", "flag", environment, key],
    queryFn: () =>
      body(
        api.GET("/api/v1/environments/{environment}/flags/{key}/users", {
          params: { path: { environment, key } },
        }),
      ),
    meta: {
      follows: [topic("change", environment), topic("flag", environment), topic("rollout", environment)],
    },
  });
