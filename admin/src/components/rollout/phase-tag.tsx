import { Tag } from "@/components/tag";

import { phaseOf, verdictOf } from "./phases";

/** Where a rollout is, as a word. */
export function PhaseTag({ phase }: { readonly phase: string }) {
  const { word, tone } = phaseOf(phase);
  return (
    <Tag tone={tone} dot>
      {word}
    </Tag>
  );
}

/** What is said about a candidate, as a word. */
export function VerdictTag({ verdict }: { readonly verdict: string }) {
  const { word, tone } = verdictOf(verdict);
  return (
    <Tag tone={tone} dot>
      {word}
    </Tag>
  );
}
