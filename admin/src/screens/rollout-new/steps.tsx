import { UnstyledButton } from "@mantine/core";

import styles from "./new.module.css";

export type StepName = "what" | "how" | "check";

const STEPS = [
  ["what", "What"],
  ["how", "How"],
  ["check", "Check and start"],
] as const;

interface StepsProps {
  readonly step: StepName;
  readonly onStep: (step: StepName) => void;
  readonly ready: Readonly<Record<StepName, boolean>>;
}

/** The three steps, and the way between them. */
export function Steps({ step, onStep, ready }: StepsProps) {
  return (
    <nav aria-label="Steps of starting a rollout">
      <ol className={styles.nav}>
        {STEPS.map(([name, label], index) => (
          <li key={name}>
            <UnstyledButton
              className={styles.navStep}
              aria-current={name === step ? "step" : undefined}
              disabled={!ready[name]}
              onClick={() => onStep(name)}
            >
              <span className={styles.number}>{index + 1}</span>
              {label}
            </UnstyledButton>
          </li>
        ))}
      </ol>
    </nav>
  );
}
