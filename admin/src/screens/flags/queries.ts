import { queryOptions } from "@tanstack/react-query";

import { api, body } from "@/api/client";
import { topic } from "@/api/follows";

/** Every flag, archived ones among them: for the archived view, and for which keys are taken. */
export const everyFlagQuery = queryOptions({
  queryKey: ["matrix", "archived"],
  queryFn: () => body(api.GET("/api/v1/matrix", { params: { query: { archived: true } } })),
  meta: { follows: [topic("matrix"), topic("flag"), topic("environment")] },
});

/** Which flags stand still, by key, and where (`*`: everywhere); only asked for when a search wants to know. */
export const staleQuery = queryOptions({
  queryKey: ["flags-stale"],
  queryFn: async () => {
    const { items } = await body(api.GET("/api/v1/hygiene"));
    return new Map(
      items.map(({ key, reasons }) => [key, reasons.map(({ environment }) => environment ?? "*")] as const),
    );
  },
  meta: { follows: [topic("matrix"), topic("flag")] },
});
