import { IconCheck, IconCircleDashed, IconQuestionMark, IconX } from "@tabler/icons-react";

import type { Outcome } from "./trace";
import styles from "./trace.module.css";

const SAID = {
  true: { word: "pass", icon: IconCheck },
  false: { word: "fail", icon: IconX },
  unknown: { word: "unknown", icon: IconQuestionMark },
  unsupported: { word: "not supported", icon: IconCircleDashed },
} as const satisfies Record<Outcome, unknown>;

interface OutcomeMarkProps {
  readonly outcome: Outcome;
  /** Words that say more than pass and fail. */
  readonly word?: string;
}

/** How a step or condition came out: a sign, a word and a colour. */
export function OutcomeMark({ outcome, word }: OutcomeMarkProps) {
  const { word: standard, icon: Icon } = SAID[outcome];
  return (
    <span className={styles.outcome} data-outcome={outcome}>
      <Icon size={14} stroke={2.5} aria-hidden="true" />
      {word ?? standard}
    </span>
  );
}
