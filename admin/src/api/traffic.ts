import { queryOptions } from "@tanstack/react-query";

import { all, api, body } from "./client";
import { topic } from "./follows";

const PAGE = 200;

/** Every traffic split of an environment, archived ones left out. */
export const splitsQuery = (environment: string) =>
  queryOptions({
    queryKey: ["splits", environment],
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

/** One traffic split. */
export const splitQuery = (environment: string, key: string) =>
  queryOptions({
    queryKey: ["split", environment, key],
    queryFn: () =>
      body(
        api.GET("/api/v1/environments/{environment}/splits/{key}", {
          params: { path: { environment, key } },
        }),
      ),
    meta: { follows: [topic("split", environment, key)] },
  });

/** Every binding of an environment, with where its routers stand. */
export const bindingsQuery = (environment: string) =>
  queryOptions({
    queryKey: ["bindings", environment],
    queryFn: () =>
      all((cursor) =>
        body(
          api.GET("/api/v1/environments/{environment}/bindings", {
            params: { path: { environment }, query: { limit: PAGE, cursor } },
          }),
        ),
      ),
    // What a binding wants is what its split says, so a change of a split moves it, too.
    meta: {
      follows: [
        topic("binding", environment),
        topic("binding-status", environment),
        topic("split", environment),
      ],
    },
  });

/** Every router that the service may tell, and which binding drives it. */
export const routersQuery = queryOptions({
  queryKey: ["routers"],
  queryFn: () => body(api.GET("/api/v1/routers")),
  meta: { follows: [topic("binding")] },
});

/** What refers to a document. */
export const usersQuery = (kind: "segments" | "splits", environment: string, key: string) =>
  queryOptions({
    queryKey: ["users", kind, environment, key],
    queryFn: () =>
      body(
        api.GET(`/api/v1/environments/{environment}/${kind}/{key}/users`, {
          params: { path: { environment, key } },
        }),
      ),
    meta: { follows: [topic("change", environment)] },
  });
