import type { ReactNode } from "react";

import { list, number } from "@/text/numbers";

import { BucketBar } from "./bucket-bar";
import { ConditionView } from "./condition-view";
import { OutcomeMark } from "./outcome";
import { prerequisite } from "./sentences";
import type { Outcome, SplitStep, Step } from "./trace";
import styles from "./trace.module.css";

/** What a step was about, how it came out, and what there is to see of it. */
interface Told {
  readonly title: ReactNode;
  readonly outcome?: Outcome;
  readonly word?: string;
  readonly detail?: ReactNode;
}

type Telling = { readonly [S in Step["step"]]: (step: Extract<Step, { step: S }>) => Told };

const TOLD: Telling = {
  found: () => ({ title: "Found", outcome: "false", word: "not there" }),
  enabled: ({ outcome }) => ({ title: "Enabled", outcome, word: outcome === "true" ? "on" : "off" }),
  context: () => ({ title: "Context", outcome: "false", word: "cannot be read" }),
  prerequisite: (step) => ({
    title: (
      <>
        Prerequisite <b>{step.flag}</b> has to serve {list(step.variants, "or")}
      </>
    ),
    outcome: step.outcome,
    detail: (
      <>
        <p className={styles.words}>{capital(prerequisite(step))}.</p>
        {step.steps.length > 0 && (
          <details className={styles.nested}>
            <summary>Every step of {step.flag}</summary>
            <Steps steps={step.steps} />
          </details>
        )}
      </>
    ),
  }),
  target: ({ by, unit, variant, outcome }) => ({
    title: (
      <>
        Listed for <b>{variant}</b> by {by}
      </>
    ),
    outcome,
    word: outcome === "true" ? "listed" : "not listed",
    detail: unit === null ? <p className={styles.words}>{by} is missing.</p> : undefined,
  }),
  rule: ({ index, rule, when, faults, outcome }) => ({
    title: (
      <>
        Rule {index + 1} <span className={styles.id}>{rule}</span>
      </>
    ),
    outcome,
    word: RULE[outcome],
    detail: (
      <>
        {when && <ConditionView of={when} />}
        {faults && faults.length > 0 && <p className={styles.words}>{list(faults)}</p>}
      </>
    ),
  }),
  default: () => ({ title: "Default" }),
  split: (step) => ({ title: <>Split by {step.by}</>, ...splitTold(step) }),
};

const RULE: Readonly<Record<Outcome, string>> = {
  true: "matched",
  false: "not matched",
  unknown: "unknown: not matched",
  unsupported: "not supported: not matched",
};

function splitTold({ by, unit, bucket, range, space, variant, salt, hash }: SplitStep): Omit<Told, "title"> {
  const [start, end] = range ?? [];
  if (unit === null || bucket === null || start === undefined || end === undefined)
    return { outcome: "false", word: `${by} is missing`, detail: undefined };
  return {
    outcome: "true",
    word: variant ?? "",
    detail: (
      <>
        <BucketBar bucket={bucket} space={space ?? 100_000} range={[start, end]} owner={variant ?? ""} />
        <p className={styles.words}>
          <span className="fs-mono">{unit}</span> with salt <span className="fs-mono">{salt}</span> is bucket{" "}
          {number(bucket)} by {hash}.
        </p>
      </>
    ),
  };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

interface StepsProps {
  readonly steps: readonly Step[];
  /** What was decided at the last step. */
  readonly decided?: string;
}

/** The steps in the order in which they were gone. */
export function Steps({ steps, decided }: StepsProps) {
  return (
    <ol className={styles.steps}>
      {steps.map((step, i) => (
        <StepView key={i} step={step} decided={i === steps.length - 1 ? decided : undefined} />
      ))}
    </ol>
  );
}

function StepView({ step, decided }: { readonly step: Step; readonly decided: string | undefined }) {
  const tell = TOLD[step.step] as (of: Step) => Told;
  const { title, outcome, word, detail } = tell(step);
  return (
    <li className={styles.step} data-decided={decided}>
      <div className={styles.head}>
        <span className={styles.title}>{title}</span>
        <span className={styles.marks}>
          {decided !== undefined && <span className={styles.decided}>decided: {decided}</span>}
          {outcome && <OutcomeMark outcome={outcome} word={word} />}
        </span>
      </div>
      {detail}
    </li>
  );
}
