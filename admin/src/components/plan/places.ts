import { queryOptions, useQuery } from "@tanstack/react-query";

import { all, api, body } from "@/api/client";
import { topic } from "@/api/follows";
import { matrixQuery } from "@/api/queries";
import { WHOLE, type Weights } from "@/text/weights";

/** Something that a rollout can move: a flag or a traffic split of an environment, with what it has by default. */
export interface Place {
  readonly kind: "flag" | "split";
  readonly key: string;
  readonly options: readonly string[];
  /** What a candidate is compared with unless somebody says otherwise. */
  readonly baseline: string;
  readonly enabled: boolean;
  /** The default's weights now. */
  readonly weights: Weights;
}

const splitsQuery = (environment: string) =>
  queryOptions({
    queryKey: ["splits", environment],
    queryFn: () =>
      all((cursor) =>
        body(
          api.GET("/api/v1/environments/{environment}/splits", {
            params: { path: { environment }, query: { limit: 200, cursor } },
          }),
        ),
      ),
    meta: { follows: [topic("split", environment)] },
  });

/** Everything that can be moved in an environment, traffic splits first; empty until it is known. */
export function usePlaces(environment: string): readonly Place[] {
  const splits = useQuery(splitsQuery(environment));
  const matrix = useQuery(matrixQuery);
  const backends = (splits.data ?? []).map(
    ({ key, backends: options, stable, enabled, default: serve }): Place => ({
      kind: "split",
      key,
      options,
      baseline: stable,
      enabled,
      weights: "split" in serve ? serve.split.weights : { [serve.serve]: WHOLE },
    }),
  );
  const flags = (matrix.data?.items ?? []).flatMap(({ key, variants, archived, environments }): Place[] => {
    const cell = environments[environment];
    if (!cell || archived) return [];
    const serves = cell.serves ?? variants[0] ?? "";
    const weights = cell.weights ?? { [serves]: WHOLE };
    return [
      { kind: "flag", key, options: variants, baseline: largest(weights), enabled: cell.enabled, weights },
    ];
  });
  return [...backends, ...flags];
}

/** The place of this kind and key. */
export function placeOf(places: readonly Place[], kind: string, key: string): Place | undefined {
  return places.find((place) => place.kind === kind && place.key === key);
}

/** What is usually rolled out at a place: the first that is not the baseline. */
export function candidateOf({ options, baseline }: Place): string {
  return options.find((option) => option !== baseline) ?? baseline;
}

function largest(weights: Weights): string {
  return Object.entries(weights).sort(([, a], [, b]) => b - a)[0]?.[0] ?? "";
}
