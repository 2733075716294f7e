import { queryOptions } from "@tanstack/react-query";

import { all, api, body } from "./client";
import { topic } from "./follows";

/** Who is signed in; fails with 401 when nobody is. */
export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: () => body(api.GET("/api/v1/session")),
  retry: false,
});

/** Every open environment, by key. */
export const environmentsQuery = queryOptions({
  queryKey: ["environments"],
  queryFn: () =>
    all((cursor) => body(api.GET("/api/v1/environments", { params: { query: { limit: 200, cursor } } }))),
  meta: { follows: [topic("environment")] },
});

/** Every flag in every environment, compact. */
export const matrixQuery = queryOptions({
  queryKey: ["matrix"],
  queryFn: () => body(api.GET("/api/v1/matrix")),
  meta: { follows: [topic("matrix"), topic("flag"), topic("environment")] },
});

/** A flag's definition. */
export const flagQuery = (key: string) =>
  queryOptions({
    queryKey: ["flag", key],
    queryFn: () => body(api.GET("/api/v1/flags/{key}", { params: { path: { key } } })),
    meta: { follows: [topic("flag", "*", key)] },
  });

/** A flag in one environment. */
export const configurationQuery = (environment: string, key: string) =>
  queryOptions({
    queryKey: ["configuration", environment, key],
    queryFn: () =>
      body(
        api.GET("/api/v1/environments/{environment}/flags/{key}", { params: { path: { environment, key } } }),
      ),
    meta: { follows: [topic("flag", environment, key)] },
  });
