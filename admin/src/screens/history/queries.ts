import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { api, body, type Schemas } from "@/api/client";
import { topic } from "@/api/follows";

export type Kind = "flag" | "segment" | "split" | "binding" | "plan" | "rollout" | "freeze";
export const KINDS: readonly Kind[] = ["flag", "segment", "split", "binding", "plan", "rollout", "freeze"];

/** The kind that an address names, if there is such a kind. */
export function kindOf(text: string | undefined): Kind | undefined {
  return KINDS.find((kind) => kind === text);
}

/** Whose history: of a whole environment, or of one document. */
export interface Of {
  readonly environment: string;
  readonly kind?: Kind;
  readonly key?: string;
}

const PAGE = 50;

/** Changes, newest first. Follows nothing: what is being read stays where it is until more is asked for. */
export const changesQuery = ({ environment, kind, key }: Of) =>
  infiniteQueryOptions({
    queryKey: ["history", environment, kind, key],
    queryFn: ({ pageParam }) =>
      body(
        api.GET("/api/v1/environments/{environment}/changes", {
          params: {
            path: { environment },
            query: { limit: PAGE, cursor: pageParam, ...(kind && key ? { kind, key } : {}) },
          },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    meta: { follows: [] },
  });

/** The newest change of an environment: its head. */
export const headQuery = (environment: string) =>
  queryOptions({
    queryKey: ["head", environment],
    queryFn: async (): Promise<Schemas["Change"] | null> => {
      const page = await body(
        api.GET("/api/v1/environments/{environment}/changes", {
          params: { path: { environment }, query: { limit: 1 } },
        }),
      );
      return page.items[0] ?? null;
    },
    meta: { follows: [topic("change", environment)] },
  });

/** What differs between two revisions; it never changes again. */
export const diffQuery = ({ environment, kind, key }: Of, from: number, to: number) =>
  queryOptions({
    queryKey: ["diff", environment, kind, key, from, to],
    queryFn: () =>
      body(
        api.GET("/api/v1/environments/{environment}/diff", {
          params: { path: { environment }, query: { from, to, kind, key } },
        }),
      ),
    staleTime: "static",
  });

/** Everything that decided at a moment of the past. */
export const asOfQuery = (
  environment: string,
  moment: { readonly revision: number } | { readonly at: string },
) =>
  queryOptions({
    queryKey: ["as-of", environment, moment],
    queryFn: () =>
      body(
        api.GET("/api/v1/environments/{environment}/snapshot", {
          params: { path: { environment }, query: moment },
        }),
      ),
    staleTime: "static",
  });

/** The rollouts that are under way in an environment. */
export const activeRolloutsQuery = (environment: string) =>
  queryOptions({
    queryKey: ["rollouts-active", environment],
    queryFn: async () => {
      const page = await body(
        api.GET("/api/v1/rollouts", { params: { query: { state: "active", environment, limit: 200 } } }),
      );
      return page.items;
    },
    meta: { follows: [topic("rollout", environment), topic("rollout-status", environment)] },
  });

/** The names of all documents that decide now: what can be picked. */
export const keysQuery = (environment: string) =>
  queryOptions({
    queryKey: ["history-keys", environment],
    queryFn: async () => {
      const { documents } = await body(
        api.GET("/api/v1/environments/{environment}/snapshot", { params: { path: { environment } } }),
      );
      return Object.keys(documents).map((name) => {
        const [kind = "", key = ""] = name.split("/", 2);
        return { kind, key };
      });
    },
    meta: { follows: [topic("change", environment)] },
  });
