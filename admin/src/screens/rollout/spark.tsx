import type { Schemas } from "@/api/client";
import { count } from "@/text/numbers";
import { measured } from "@/text/measures";

import styles from "./rollout.module.css";

const WIDTH = 240;
const HEIGHT = 36;

interface SparkProps {
  readonly windows: readonly Schemas["TimelineMetric"][];
  readonly kind: string;
  readonly name: string;
}

/** The last windows of both arms, small: the chart below has the same with its axes. */
export function Spark({ windows, kind, name }: SparkProps) {
  const baseline = windows.map(({ window }) => window?.baseline ?? null);
  const candidate = windows.map(({ window }) => window?.candidate ?? null);
  const known = [...baseline, ...candidate].filter((value) => value !== null);
  const most = Math.max(...known, Number.MIN_VALUE);
  const words = `${name}, last ${count(windows.length, "window")}: candidate ${measured(candidate.at(-1), kind)}, baseline ${measured(baseline.at(-1), kind)}, highest ${measured(most, kind)}`;
  return (
    <svg
      viewBox={`0 0 ${String(WIDTH)} ${String(HEIGHT)}`}
      className={styles.spark}
      role="img"
      aria-label={words}
      preserveAspectRatio="none"
    >
      <polyline points={points(baseline, most)} data-series="1" />
      <polyline points={points(candidate, most)} data-series="2" strokeDasharray="6 3" />
    </svg>
  );
}

/** Values as points of a line; what is unknown is passed over. */
export function points(values: readonly (number | null)[], most: number): string {
  const gap = WIDTH / Math.max(values.length - 1, 1);
  return values
    .flatMap((value, index) =>
      value === null
        ? []
        : [`${(index * gap).toFixed(1)},${(HEIGHT - 2 - (value / most) * (HEIGHT - 4)).toFixed(1)}`],
    )
    .join(" ");
}
