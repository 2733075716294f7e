import { count } from "./numbers";
import { condition, type Condition } from "./words";

/** What makes a segment. */
export interface Audience {
  readonly included: readonly string[];
  readonly excluded: readonly string[];
  readonly by: string;
  readonly when: Condition | null;
}

/** Who belongs to it: `2 listed units, and whoever matches email ends with @example.com; never 1 excluded unit`. */
export function audience({ included, excluded, by, when }: Audience): string {
  const listed = included.length && `${count(included.length, "listed unit")}${named(by)}`;
  const matching = when && `whoever matches: ${condition(when)}`;
  const who = [listed, matching].filter(Boolean).join(", and ") || "nobody";
  return excluded.length ? `${who}; never ${count(excluded.length, "excluded unit")}` : who;
}

/** How large it is, as far as that can be known: what a condition matches is not. */
export function size({ included, excluded, when }: Audience): string {
  const out = new Set(excluded);
  const sure = included.filter((unit) => !out.has(unit)).length;
  if (when) return sure ? `${count(sure, "unit")} and whoever matches` : "whoever matches";
  return sure ? count(sure, "unit") : "nobody";
}

function named(by: string): string {
  return by === "targetingKey" ? "" : ` (by ${by})`;
}
