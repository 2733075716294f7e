import { problemOf, type Problem } from "@/api/problem";
import type { Written } from "@/components/review/write";

import type { Step } from "./steps";

/** How it went with one flag; none: it was not tried. */
export type Outcome =
  | { readonly state: "running" }
  | { readonly state: "done"; readonly written: Written }
  | { readonly state: "refused"; readonly problem: Problem };

export type Outcomes = Readonly<Record<string, Outcome>>;

const NOBODY_THERE = new Set([0, 401]);

/**
 * Takes the steps one after the other and tells how each went. One that is refused does not stop the others; a service
 * that does not answer, an ended session, or `stopped` does, and what is left then counts as not tried.
 */
export async function oneByOne(
  steps: readonly Step[],
  send: (step: Step) => Promise<Written>,
  tell: (key: string, outcome: Outcome) => void,
  stopped: () => boolean,
): Promise<void> {
  for (const step of steps) {
    if (stopped()) return;
    tell(step.key, { state: "running" });
    try {
      tell(step.key, { state: "done", written: await send(step) });
    } catch (error) {
      const problem = problemOf(error);
      tell(step.key, { state: "refused", problem });
      if (NOBODY_THERE.has(problem.status)) return;
    }
  }
}

/** The keys of what did not succeed: refused, or not tried. */
export function left(steps: readonly Step[], outcomes: Outcomes): readonly string[] {
  return steps.map(({ key }) => key).filter((key) => outcomes[key]?.state !== "done");
}
