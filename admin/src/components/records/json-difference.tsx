import { useMemo } from "react";

import { canonicalText, hunks, lineDifference, type TextLine } from "@/text/lines";

import styles from "./records.module.css";

interface JsonDifferenceProps {
  readonly before: unknown;
  readonly after: unknown;
}

const SPOKEN = { " ": "", "-": "removed: ", "+": "added: " } as const;

/** Both forms as JSON with their names in order, line by line: what is gone, what is new, and a little around it. */
export function JsonDifference({ before, after }: JsonDifferenceProps) {
  const lines = useMemo(() => hunks(lineDifference(text(before), text(after))), [before, after]);
  return (
    // what scrolls sideways can be reached by keyboard
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <pre className={styles.json} tabIndex={0} role="region" aria-label="The difference as JSON">
      {lines.map((line, i) => (
        <Line key={i} line={line} />
      ))}
    </pre>
  );
}

function Line({ line }: { readonly line: TextLine | null }) {
  if (!line) return <span className={styles.gap}>{"  ⋯\n"}</span>;
  return (
    <span className={styles.line} data-sign={line.sign}>
      <span aria-hidden="true">{line.sign} </span>
      {SPOKEN[line.sign] && <span className="fs-hidden">{SPOKEN[line.sign]}</span>}
      {line.text}
      {"\n"}
    </span>
  );
}

function text(of: unknown): string {
  return of === null || of === undefined ? "" : canonicalText(of);
}
