import { keepPreviousData, queryOptions } from "@tanstack/react-query";

import { api, body, type Schemas } from "@/api/client";
import { topic } from "@/api/follows";
import { whoOf, type Context } from "@/components/context/attributes";
import type { Membership } from "@/components/trace/trace";

import type { Edited } from "./editing";

/** An answer, and for whom it is: it stays in sight until the next one is there. */
type Matched = Membership & { readonly draft?: Membership | null; readonly who: string };

/** Whether somebody is in a segment, now and after a draft. Contexts are personal: nothing of it is kept. */
export const matchQuery = (environment: string, key: string, context: Context, draft: Edited | null) =>
  queryOptions({
    queryKey: ["segment-match", environment, key, context, draft],
    queryFn: async (): Promise<Matched> => {
      const answer = await body(
        api.POST("/api/v1/environments/{environment}/segments/{key}/match", {
          params: { path: { environment, key } },
          body: { context, draft } as Schemas["MatchQuestion"],
        }),
      );
      return { ...(answer as Omit<Matched, "who">), who: whoOf(context) };
    },
    retry: false,
    gcTime: 0,
    placeholderData: keepPreviousData,
    meta: { follows: [topic("segment", environment)] },
  });
