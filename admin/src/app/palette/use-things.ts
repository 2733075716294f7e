import { queryOptions, useQueries, useQuery } from "@tanstack/react-query";

import { all, api, body } from "@/api/client";
import { topic } from "@/api/follows";
import { matrixQuery } from "@/api/queries";

import type { Things } from "./entries";

const PAGE = 200;

const segmentsQuery = (environment: string) =>
  queryOptions({
    queryKey: ["palette", "segments", environment],
    queryFn: () =>
      all((cursor) =>
        body(
          api.GET("/api/v1/environments/{environment}/segments", {
            params: { path: { environment }, query: { limit: PAGE, cursor } },
          }),
        ),
      ),
    meta: { follows: [topic("segment", environment)] },
  });

const splitsQuery = (environment: string) =>
  queryOptions({
    queryKey: ["palette", "splits", environment],
    queryFn: () =>
      all((cursor) =>
        body(
          api.GET("/api/v1/environments/{environment}/splits", {
            params: { path: { environment }, query: { limit: PAGE, cursor } },
          }),
        ),
      ),
    meta: { follows: [topic("split", environment)] },
  });

const rolloutsQuery = queryOptions({
  queryKey: ["palette", "rollouts"],
  queryFn: async () =>
    (await body(api.GET("/api/v1/rollouts", { params: { query: { limit: PAGE } } }))).items,
  meta: { follows: [topic("rollout"), topic("rollout-status")] },
});

/** What the palette lists, as far as it is known by now; `failed`: some of it could not be read. */
export function useThings(): Things & { readonly waiting: boolean; readonly failed: boolean } {
  const matrix = useQuery(matrixQuery);
  const rollouts = useQuery(rolloutsQuery);
  const environments = matrix.data?.environments ?? [];
  const keys = environments.map(({ key }) => key);
  const segments = useQueries({ queries: keys.map(segmentsQuery) });
  const splits = useQueries({ queries: keys.map(splitsQuery) });
  const parts = [matrix, rollouts, ...segments, ...splits];
  return {
    environments,
    flags: matrix.data?.items ?? [],
    segments: segments.flatMap(({ data = [] }, i) =>
      data.map((each) => ({ ...each, environment: keys[i] ?? "" })),
    ),
    splits: splits.flatMap(({ data = [] }, i) =>
      data.map((each) => ({ ...each, environment: keys[i] ?? "" })),
    ),
    rollouts: rollouts.data ?? [],
    waiting: parts.some(({ isPending }) => isPending),
    failed: parts.some(({ isError }) => isError),
  };
}
