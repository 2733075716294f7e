import { Title } from "@mantine/core";
import { useId } from "react";

import type { Schemas } from "@/api/client";
import { number } from "@/text/numbers";
import { value } from "@/text/words";

import { sentence } from "@/components/trace/sentences";
import { Steps } from "@/components/trace/step-view";
import type { Decision, Trace } from "@/components/trace/trace";
import styles from "@/components/trace/trace.module.css";

interface VerdictProps {
  readonly answer: Schemas["Evaluation"];
  /** The unit, or words for one that has no key. */
  readonly who: string;
  readonly place: string;
}

/** The answer to "why?": one sentence on top, the facts, and the whole way below. */
export function Verdict({ answer, who, place }: VerdictProps) {
  const id = useId();
  const { trace } = answer;
  if (!trace) return null;
  return (
    <section className={styles.verdict} aria-labelledby={id}>
      <p className={styles.sentence} role="status" aria-live="polite" id={id}>
        {sentence(trace, who, place)}
      </p>
      <Facts decision={trace.decision} />
      <Way trace={trace} />
    </section>
  );
}

function Facts({ decision }: { readonly decision: Decision }) {
  const facts: readonly (readonly [string, string | null])[] = [
    ["Variant", decision.variant],
    ["Value", decision.error === "FLAG_NOT_FOUND" ? null : value(decision.value)],
    ["Reason", decision.reason],
    ["Rule", decision.rule],
    ["Bucket", decision.bucket === null ? null : number(decision.bucket)],
    ["Error", decision.error],
    ["Revision", decision.revision === null ? null : String(decision.revision)],
  ];
  return (
    <dl className={styles.facts}>
      {facts.map(([name, said]) =>
        said === null ? null : (
          <div key={name}>
            <dt>{name}</dt>
            <dd className="fs-mono">{said}</dd>
          </div>
        ),
      )}
    </dl>
  );
}

function Way({ trace }: { readonly trace: Trace }) {
  return (
    <>
      <Title order={3} size="h5" mb="xs">
        Step by step
      </Title>
      <Steps steps={trace.steps} decided={trace.decision.variant ?? "nothing"} />
    </>
  );
}
