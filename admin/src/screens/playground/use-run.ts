import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { useState } from "react";

import type { AsOf } from "./moments";
import { batchQuery, type Batch, type Question, type Run } from "./queries";

export interface Running {
  readonly run: Run | null;
  readonly answer: UseQueryResult<Batch>;
  readonly ask: (environment: string, question: Question, asOf: AsOf) => void;
}

/** Brings a question up to what is in force by now. */
type Revise = (question: Question) => Question;

let runs = 0;
const IDLE: Run = { id: 0, environment: "", question: {}, asOf: { kind: "now" } };

/** A question about many units, asked when somebody says so, and again when a change makes its answer old. */
export function useRun(revise?: Revise): Running {
  const [begun, setRun] = useState<Run | null>(null);
  const run = begun && revise ? { ...begun, question: revise(begun.question) } : begun;
  const answer = useQuery({ ...batchQuery(run ?? IDLE), enabled: run !== null });
  const ask = (environment: string, question: Question, asOf: AsOf) =>
    setRun({ id: ++runs, environment, question, asOf });
  return { run, answer, ask };
}
