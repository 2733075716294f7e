import { same } from "@/text/diff";
import { value } from "@/text/words";

import type { Decision } from "@/components/trace/trace";

/** One flag in every environment that was asked; `undefined` where it is not. */
export interface Line {
  readonly flag: string;
  readonly cells: readonly (Decision | undefined)[];
  /** Environments give the same context something else. */
  readonly differs: boolean;
}

type Answer = readonly { readonly flag: string; readonly decision: Decision }[];

/** The answers of all environments as one table, by key. */
export function linesOf(answers: readonly (Answer | undefined)[]): readonly Line[] {
  const tables = answers.map((answer) => new Map(answer?.map(({ flag, decision }) => [flag, decision])));
  const keys = [...new Set(tables.flatMap((table) => [...table.keys()]))].sort();
  // What has not answered yet is no difference.
  const heard = answers.map((answer) => answer !== undefined);
  return keys.map((flag) => {
    const cells = tables.map((table) => table.get(flag));
    const compared = cells.filter((_, i) => heard[i]);
    const [first, ...others] = compared;
    return { flag, cells, differs: others.some((other) => !alike(first, other)) };
  });
}

/** Whether somebody notices no difference: the same variant with the same value. */
function alike(a: Decision | undefined, b: Decision | undefined): boolean {
  return a?.variant === b?.variant && same(a?.value, b?.value);
}

/** Lines whose key has every word, or which serve a variant of that name somewhere. */
export function filtered(lines: readonly Line[], query: string, onlyDifferent: boolean): readonly Line[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return lines.filter((line) => {
    if (onlyDifferent && !line.differs) return false;
    const served = line.cells.map((cell) => cell?.variant?.toLowerCase());
    return words.every((word) => line.flag.toLowerCase().includes(word) || served.includes(word));
  });
}

const REASONS: Readonly<Record<Decision["reason"], string>> = {
  STATIC: "everybody",
  DEFAULT: "default",
  TARGETING_MATCH: "rule",
  SPLIT: "split",
  DISABLED: "off",
  CACHED: "cached",
  STALE: "stale",
  UNKNOWN: "unknown",
  ERROR: "error",
};

/** How a cell came to be, in one or two words: `rule dach`, `split`, `off`. */
export function cause({ reason, rule, prerequisite }: Decision): string {
  if (prerequisite) return `needs ${prerequisite}`;
  if (reason === "ERROR") return REASONS.ERROR;
  if (rule === "target") return "listed";
  return rule ? `${REASONS[reason] === "split" ? "split of rule" : "rule"} ${rule}` : REASONS[reason];
}

/** What a cell shows: the variant, and its value where that says more. */
export function serves({ variant, value: held }: Decision): string {
  if (variant === null) return "nothing";
  const isPlain = typeof held === "string" || typeof held === "number";
  return isPlain && value(held) !== variant ? `${variant} = ${value(held)}` : variant;
}
