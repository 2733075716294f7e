import { Tag, type Tone } from "@/components/tag";

import { movers } from "@/text/movers";

import type { Outcome, Outcomes } from "./batch";
import styles from "./bulk.module.css";
import type { Step } from "./steps";

interface StepListProps {
  readonly steps: readonly Step[];
  readonly outcomes: Outcomes;
  /** What an outcome says: of a rehearsal, or of the saving itself. */
  readonly rehearsed: boolean;
  readonly label: string;
}

/** Each flag: what would happen with it, or how it went. */
export function StepList({ steps, outcomes, rehearsed, label }: StepListProps) {
  return (
    // A list that scrolls has to be reachable by keyboard.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <ul className={styles.list} aria-label={label} tabIndex={0}>
      {steps.map((step) => {
        const outcome = outcomes[step.key];
        const [word, tone] = step.skip ? (["as it is", "quiet"] as const) : said(outcome, rehearsed);
        return (
          <li key={step.key}>
            <code className="fs-mono">{step.key}</code>
            <Tag tone={tone}>{word}</Tag>
            {step.skip ? (
              <span className={styles.effect}>{step.before} already: left alone</span>
            ) : (
              <span className={styles.effect}>
                {step.before} → {step.after}
                {outcome?.state === "done" && rehearsed && moved(outcome)}
              </span>
            )}
            {outcome?.state === "refused" && (
              <span className={styles.problem}>
                {outcome.problem.title}: {outcome.problem.detail}
              </span>
            )}
          </li>
        );
      })}
    </ul>
  );
}

function said(outcome: Outcome | undefined, rehearsed: boolean): readonly [string, Tone] {
  if (!outcome) return rehearsed ? ["not checked", "quiet"] : ["not tried", "quiet"];
  if (outcome.state === "running") return [rehearsed ? "checking" : "saving", "info"];
  if (outcome.state === "refused") return [rehearsed ? "would be refused" : "failed", "bad"];
  if (rehearsed) return ["ready", "ok"];
  return [outcome.written.changeId ? `revision ${String(outcome.written.revision)}` : "was so already", "ok"];
}

function moved(outcome: Extract<Outcome, { state: "done" }>): string {
  const { moves, lints } = outcome.written;
  const sentences = [...movers(moves), ...lints.map(({ detail }) => detail)];
  return sentences.length ? `. ${sentences.join(" ")}` : "";
}
