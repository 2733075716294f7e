import { queryOptions } from "@tanstack/react-query";

import { all, api, body } from "@/api/client";
import { topic } from "@/api/follows";
import type { Condition } from "@/text/words";

import { parts } from "./tree";

/** Every open segment of an environment. */
export const segmentsQuery = (environment: string) =>
  queryOptions({
    queryKey: ["segments", environment],
    queryFn: () =>
      all((cursor) =>
        body(
          api.GET("/api/v1/environments/{environment}/segments", {
            params: { path: { environment }, query: { limit: 200, cursor } },
          }),
        ),
      ),
    meta: { follows: [topic("segment", environment)] },
  });

const FIVE_MINUTES = 300_000;

/** The attributes that conditions and splits of an environment ask for, the most used first. */
export const attributesQuery = (environment: string) =>
  queryOptions({
    queryKey: ["attributes", environment],
    queryFn: async () => {
      const { documents } = await body(
        api.GET("/api/v1/environments/{environment}/snapshot", { params: { path: { environment } } }),
      );
      return attributesOf(Object.values(documents));
    },
    // Suggestions may be a little old: every change of the environment would read all of it again.
    staleTime: FIVE_MINUTES,
  });

interface Asking {
  readonly when?: Condition | null;
  readonly rules?: readonly { readonly when: Condition }[];
}

/** Attributes by how often these documents ask for them. */
export function attributesOf(documents: readonly unknown[]): readonly string[] {
  const uses = new Map<string, number>();
  const count = (of: Condition) => {
    if ("attribute" in of) uses.set(of.attribute, (uses.get(of.attribute) ?? 0) + 1);
    parts(of).forEach(count);
  };
  for (const document of documents as readonly Asking[]) {
    if (document.when) count(document.when);
    document.rules?.forEach(({ when }) => count(when));
  }
  return [...uses].sort(([a, m], [b, n]) => n - m || a.localeCompare(b)).map(([name]) => name);
}
