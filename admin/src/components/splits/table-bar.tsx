import { percent } from "@/text/weights";

import { series } from "./series";
import styles from "./splits.module.css";

/** Who owns which buckets: `[name, first, end)`. */
export type Table = readonly (readonly [string, number, number])[];

/** The table of a split as the service stores it, or null where it holds none. */
export function tableOf(split: { readonly allocation?: unknown } | null | undefined): Table | null {
  return Array.isArray(split?.allocation) ? split.allocation : null;
}

interface TableBarProps {
  readonly label: string;
  readonly table: Table;
  readonly names: readonly string[];
}

/** The stored table, range by range: the thing that decides; the weights only describe it. */
export function TableBar({ label, table, names }: TableBarProps) {
  const space = Math.max(1, ...table.map(([, , end]) => end));
  return (
    <div className={styles.bar} role="img" aria-label={`${label}: ${inWords(table, space)}`}>
      {table.map(([name, start, end]) => (
        <span
          key={start}
          className={`${styles.part ?? ""} ${series(names.indexOf(name))}`}
          title={`${name}: buckets ${String(start)} to ${String(end)}`}
          style={{ left: `${(start / space) * 100}%`, width: `${((end - start) / space) * 100}%` }}
        />
      ))}
    </div>
  );
}

const MOST = 8;

function inWords(table: Table, space: number): string {
  const share = (buckets: number) => percent(Math.round((buckets / space) * 100_000));
  const parts = table.slice(0, MOST).map(([name, start, end]) => `${name} ${share(end - start)}`);
  return parts.join(", ") + (table.length > MOST ? ` and ${String(table.length - MOST)} more ranges` : "");
}
