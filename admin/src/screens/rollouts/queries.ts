import { queryOptions } from "@tanstack/react-query";

import { all, api, body, type Schemas } from "@/api/client";
import { topic } from "@/api/follows";

export type Line = Schemas["RolloutLine"];

const MOST_ENDED = 500;
const FOLLOWS = [topic("rollout"), topic("rollout-status"), topic("environment")];

type State = "active" | "ended";

const page = (state: State, cursor?: string, limit = 200) =>
  body(api.GET("/api/v1/rollouts", { params: { query: { state, cursor, limit } } }));

/** Every rollout that goes on, in all environments. */
export const activeQuery = queryOptions({
  queryKey: ["rollouts", "active"],
  queryFn: () => all((cursor) => page("active", cursor)),
  meta: { follows: FOLLOWS },
});

/** The latest that have ended, in all environments. */
export const endedQuery = queryOptions({
  queryKey: ["rollouts", "ended"],
  queryFn: () => all((cursor) => page("ended", cursor), MOST_ENDED),
  meta: { follows: FOLLOWS },
});
