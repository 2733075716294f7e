import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { useState } from "react";

import type { AsOf } from "./moments";
import { batchQuery, type Batch, type Question, type Run } from "./queries";

export interface Running {
  readonly run: Run | null;
  readonly answer: UseQueryResult<Batch>;
  readonly ask: (environment: string, question: Question, asOf: AsOf) => void;
}

let runs = 0;
const IDLE: Run = { id: 0, environment: "", question: {}, asOf: { kind: "now" } };

/** A question about many units, asked when somebody says so, and again when a change makes its answer old. */
export function useRun(): Running {
  const [run, setRun] = useState<Run | null>(null);
  const answer = useQuery({ ...batchQuery(run ?? IDLE), enabled: run !== null });
  const ask = (environment: string, question: Question, asOf: AsOf) =>
    setRun({ id: ++runs, environment, question, asOf });
  return { run, answer, ask };
}
