import { QueryClient } from "@tanstack/react-query";

import { problemOf } from "@/api/problem";

const TRIES = 3;

/** What the service has said stays fresh until the stream says otherwise; only what may pass by itself is retried. */
export const cache = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: Infinity,
      refetchOnWindowFocus: false,
      retry: (failures, error) => {
        const { status } = problemOf(error);
        return failures < TRIES && (status === 0 || status === 429 || status >= 500);
      },
    },
    mutations: { retry: false },
  },
});
