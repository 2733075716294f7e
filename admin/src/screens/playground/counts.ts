import { number } from "@/text/numbers";
import { share } from "@/text/weights";

import type { Batch } from "./queries";

/** A variant in a distribution: who got it, and how many the split's table makes expect. */
export interface Tally {
  readonly variant: string;
  readonly units: number;
  /** Of all units. */
  readonly share: number;
  /** Of those that the split decided. */
  readonly drawn: number | null;
  readonly drawnShare: number | null;
  readonly expected: number | null;
}

/** Every variant that somebody got or should get, the most frequent first. */
export function talliesOf({
  counts,
  units,
  split,
}: Pick<Batch, "counts" | "units" | "split">): readonly Tally[] {
  const names = [...new Set([...Object.keys(counts), ...Object.keys(split?.expected ?? {})])];
  return names
    .map((variant) => tally(variant, counts[variant] ?? 0, units, split))
    .sort((a, b) => b.units - a.units || a.variant.localeCompare(b.variant));
}

function tally(variant: string, got: number, units: number, split: Batch["split"]): Tally {
  const drawn = split ? (split.counts[variant] ?? 0) : null;
  return {
    variant,
    units: got,
    share: got / units,
    drawn,
    drawnShare: split && drawn !== null ? drawn / split.units : null,
    expected: split ? (split.expected[variant] ?? 0) : null,
  };
}

/** What a variant is called; units that get none have their own word. */
export function called(variant: string | null): string {
  return variant || "nothing";
}

/** `the default split decided 9,412 of 10,000 units`. */
export function decidedBy({ split, units }: Pick<Batch, "split" | "units">): string {
  if (!split) return "No split decided: rules, lists or the default serve one variant each.";
  const which = split.rule === null ? "The default split" : `The split of rule ${split.rule}`;
  const others = units - split.units;
  const rest = others ? `; ${number(others)} got theirs from a list, another rule or a fixed default` : "";
  return `${which} decided ${number(split.units)} of ${number(units)} units${rest}.`;
}

/** `25.1 % (251)`. */
export function shareAndCount(part: number, amount: number): string {
  return `${share(part)} (${number(amount)})`;
}
