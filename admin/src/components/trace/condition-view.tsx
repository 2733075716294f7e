import { operatorOf } from "@/text/operators";

import { OutcomeMark } from "./outcome";
import { bucket, lookedUp, operatorWords, rightOf, shown } from "./sentences";
import type { AttributeTrace, ConditionTrace, SegmentTrace } from "./trace";
import styles from "./trace.module.css";

/** A condition with everything that was compared, part by part; groups are indented below their word. */
export function ConditionView({ of }: { readonly of: ConditionTrace }) {
  if ("all" in of)
    return <Group word="ALL of" empty="Everybody: no condition" parts={of.all} outcome={of.outcome} />;
  if ("any" in of)
    return <Group word="ANY of" empty="Nobody: no condition" parts={of.any} outcome={of.outcome} />;
  if ("not" in of) return <Group word="NOT" empty="" parts={[of.not]} outcome={of.outcome} />;
  if ("attribute" in of) return <Compared of={of} />;
  if ("segment" in of) return <LookedUp of={of} />;
  if ("ranges" in of)
    return (
      <Line outcome={of.outcome}>
        {of.negate && "NOT "}
        {bucket(of)}
      </Line>
    );
  return <Line outcome={of.outcome}>Not understood here: {of.unsupported}</Line>;
}

interface LineProps {
  readonly outcome: ConditionTrace["outcome"];
  readonly children: React.ReactNode;
}

function Line({ outcome, children }: LineProps) {
  return (
    <div className={styles.line}>
      <span className={styles.said}>{children}</span>
      <OutcomeMark outcome={outcome} />
    </div>
  );
}

function Compared({ of }: { readonly of: AttributeTrace }) {
  const nothing = of.left === null;
  return (
    <Line outcome={of.outcome}>
      <span className={styles.attribute}>{of.attribute}</span>{" "}
      <span className={styles.left} data-missing={nothing || undefined}>
        {nothing ? "not given" : shown(of.left)}
      </span>{" "}
      <span className={styles.operator}>{operatorWords(of)}</span>{" "}
      {operatorOf(of.operator).operand !== "none" &&
        rightOf(of).map((right, i) => (
          <span key={i} className={styles.right}>
            {right}
          </span>
        ))}
    </Line>
  );
}

function LookedUp({ of }: { readonly of: SegmentTrace }) {
  return (
    <div>
      <Line outcome={of.outcome}>
        <span className={styles.operator}>{of.negate ? "not in segment" : "in segment"}</span>{" "}
        <span className={styles.attribute}>{of.segment}</span>
        <span className={styles.aside}>{lookedUp(of)}</span>
      </Line>
      {of.when && (
        <div className={styles.inside}>
          <ConditionView of={of.when} />
        </div>
      )}
    </div>
  );
}

interface GroupProps {
  readonly word: string;
  readonly empty: string;
  readonly parts: readonly ConditionTrace[];
  readonly outcome: ConditionTrace["outcome"];
}

function Group({ word, empty, parts, outcome }: GroupProps) {
  if (!parts.length) return <Line outcome={outcome}>{empty}</Line>;
  return (
    <div>
      <Line outcome={outcome}>
        <b>{word}</b>
      </Line>
      <ul className={styles.inside}>
        {parts.map((part, i) => (
          <li key={i}>
            <ConditionView of={part} />
          </li>
        ))}
      </ul>
    </div>
  );
}
