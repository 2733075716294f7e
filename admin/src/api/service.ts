import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { api, body, type Schemas } from "./client";
import { topic } from "./follows";

export type System = Schemas["System"];
export type Delivery = Schemas["Delivery"];
export type Client = Schemas["Client"];
export type StaleFlag = Schemas["StaleFlag"];
export type UnknownKey = Schemas["UnknownKey"];
export type UnknownKeys = Schemas["UnknownKeys"];
export type RolloutLine = Schemas["RolloutLine"];

const PAGE = 100;
const LATEST = 20;

/** What the process that answers runs, depends on and holds. */
export const systemQuery = queryOptions({
  queryKey: ["system"],
  queryFn: () => body(api.GET("/api/v1/system")),
  meta: { follows: [topic("health")] },
});

/** How far the present revision of an environment has come among its clients. */
export const deliveryQuery = (environment: string) =>
  queryOptions({
    queryKey: ["delivery", environment],
    queryFn: async () => {
      const params = { path: { environment }, query: { limit: 1 } };
      const page = await body(api.GET("/api/v1/environments/{environment}/clients", { params }));
      return page.summary;
    },
    meta: { follows: [topic("change", environment), topic("client", environment)] },
  });

/** Everybody who follows an environment with an SDK, page after page, with the receipt of a revision. */
export const clientsQuery = (environment: string, revision?: number) =>
  infiniteQueryOptions({
    queryKey: ["clients", environment, revision ?? "present"],
    queryFn: ({ pageParam: cursor }) =>
      body(
        api.GET("/api/v1/environments/{environment}/clients", {
          params: { path: { environment }, query: { limit: PAGE, revision, cursor } },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    meta: { follows: [topic("change", environment), topic("client", environment)] },
  });

/** Flags that stood still for so many days, with reasons. */
export const hygieneQuery = (days: number) =>
  queryOptions({
    queryKey: ["hygiene", days],
    queryFn: () => body(api.GET("/api/v1/hygiene", { params: { query: { days } } })),
    meta: { follows: [topic("change")] },
  });

/** Keys that clients asked for in vain, everywhere. */
export const unknownKeysQuery = queryOptions({
  queryKey: ["unknown-keys"],
  queryFn: () => body(api.GET("/api/v1/hygiene/unknown-keys")),
  meta: { follows: [topic("change")] },
});

/** Rollouts of all environments that have not ended. */
export const activeRolloutsQuery = queryOptions({
  queryKey: ["rollout-lines", "active"],
  queryFn: () => body(api.GET("/api/v1/rollouts", { params: { query: { state: "active", limit: 200 } } })),
  meta: { follows: [topic("rollout-status"), topic("rollout")] },
});

/** The latest rollouts that have ended, wherever it was. */
export const endedRolloutsQuery = queryOptions({
  queryKey: ["rollout-lines", "ended", LATEST],
  queryFn: () => body(api.GET("/api/v1/rollouts", { params: { query: { state: "ended", limit: LATEST } } })),
  meta: { follows: [topic("rollout-status"), topic("rollout")] },
});
