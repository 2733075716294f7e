import { keepPreviousData, queryOptions } from "@tanstack/react-query";

import { api, body, type Schemas } from "@/api/client";
import { topic } from "@/api/follows";

import type { Context } from "@/components/context/attributes";
import type { Subject } from "./commands";
import { asked, type AsOf } from "./moments";

export type Question = Readonly<Record<string, unknown>>;
export type Batch = Schemas["EvaluationOfBatch"];

const BRIEFLY = 60_000; // contexts are personal: answers about them are not kept around

export const evaluatePath = (environment: string) => `/api/v1/environments/${environment}/evaluate`;

/** What the present says moves with every change; what the past says never does. */
function follows(environment: string, asOf: AsOf) {
  return asOf.kind === "now" ? { follows: [topic("change", environment)] } : {};
}

/** What one context gets, and why. */
export function questionOf(subject: Subject, context: Context, asOf: AsOf): Question {
  return { [subject.kind]: subject.key, context, ...asked(asOf), explain: true };
}

/** One decision with its trace. */
export const explainQuery = (environment: string, subject: Subject, context: Context, asOf: AsOf) =>
  queryOptions({
    queryKey: ["playground", "one", environment, subject, context, asOf],
    queryFn: () =>
      body(
        api.POST("/api/v1/environments/{environment}/evaluate", {
          params: { path: { environment } },
          body: questionOf(subject, context, asOf) as unknown as Schemas["Question"],
        }),
      ),
    retry: false,
    gcTime: BRIEFLY,
    meta: follows(environment, asOf),
  });

/** What one context gets of every flag of an environment. */
export const allQuery = (environment: string, context: Context, asOf: AsOf) =>
  queryOptions({
    queryKey: ["playground", "all", environment, context, asOf],
    queryFn: () =>
      body(
        api.POST("/api/v1/environments/{environment}/evaluate/all", {
          params: { path: { environment } },
          body: { context, ...asked(asOf) } as unknown as Schemas["QuestionOfAll"],
        }),
      ),
    retry: false,
    gcTime: BRIEFLY,
    placeholderData: keepPreviousData,
    meta: follows(environment, asOf),
  });

/** A question about many units, numbered: the units are too many to be a key. */
export interface Run {
  readonly id: number;
  readonly environment: string;
  readonly question: Question;
  readonly asOf: AsOf;
}

/** What many units get. */
export const batchQuery = ({ id, environment, question, asOf }: Run) =>
  queryOptions({
    queryKey: ["playground", "batch", id, question["draft"]],
    queryFn: () =>
      body(
        api.POST("/api/v1/environments/{environment}/evaluate/batch", {
          params: { path: { environment } },
          body: question as unknown as Schemas["BatchQuestion"],
        }),
      ),
    retry: false,
    gcTime: 0,
    placeholderData: (previous: Batch | undefined, query) =>
      query?.queryKey[2] === id ? previous : undefined,
    meta: follows(environment, asOf),
  });
