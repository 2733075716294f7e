import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useRef, useState } from "react";

import { because } from "@/api/client";

import { oneByOne, type Outcomes } from "./batch";
import type { Step } from "./steps";

export interface Batch {
  readonly outcomes: Outcomes;
  readonly running: boolean;
  /** Takes the steps; `dryRun`: as a rehearsal, nothing is stored. */
  readonly run: (steps: readonly Step[], reason: string, dryRun?: boolean) => Promise<void>;
  /** Ends after the step under way. */
  readonly stop: () => void;
}

/** Takes steps one by one, and holds how each went. A new run forgets the one before. */
export function useBatch(): Batch {
  const cache = useQueryClient();
  const [outcomes, setOutcomes] = useState<Outcomes>({});
  const [running, setRunning] = useState(false);
  const turn = useRef(0);
  const stop = useCallback(() => {
    turn.current++;
  }, []);
  const run = useCallback(
    async (steps: readonly Step[], reason: string, dryRun = false) => {
      const mine = ++turn.current;
      const stopped = () => mine !== turn.current;
      setOutcomes({});
      setRunning(true);
      await oneByOne(
        steps,
        ({ send, version }) =>
          send({
            query: dryRun ? { dryRun } : {},
            headers: { "If-Match": `"${String(version)}"`, ...because(reason) },
          }),
        (key, outcome) => {
          if (!dryRun || !stopped()) setOutcomes((now) => ({ ...now, [key]: outcome }));
        },
        stopped,
      );
      if (!dryRun || !stopped()) setRunning(false);
      if (!dryRun) await cache.invalidateQueries();
    },
    [cache],
  );
  return { outcomes, running, run, stop };
}
