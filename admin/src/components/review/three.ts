import { difference, type Document } from "@/text/diff";

/** One line of a conflict: what was, and what each side makes of it; null where a side changed nothing there. */
export interface Three {
  readonly label: string;
  readonly was: string | null;
  readonly mine: string | null;
  readonly theirs: string | null;
  readonly merged: string | null;
}

const GONE = "gone";

/** Everything that either side changed, in words, line by line. */
export function threeWays(
  base: Document,
  mine: Document,
  theirs: Document,
  merged: Document,
): readonly Three[] {
  const [my, their, both] = [mine, theirs, merged].map((side) => lines(base, side)) as [Lines, Lines, Lines];
  const labels = [...new Set([...my.keys(), ...their.keys(), ...both.keys()])];
  return labels.map((label) => ({
    label,
    was: (my.get(label) ?? their.get(label) ?? both.get(label))?.before ?? null,
    mine: said(my, label),
    theirs: said(their, label),
    merged: said(both, label),
  }));
}

type Lines = ReadonlyMap<string, { readonly before: string | null; readonly after: string | null }>;

function lines(base: Document, side: Document): Lines {
  return new Map(difference(base, side).map(({ label, before, after }) => [label, { before, after }]));
}

function said(of: Lines, label: string): string | null {
  const line = of.get(label);
  return line ? (line.after ?? GONE) : null;
}

const NAMES: Readonly<Record<string, string>> = {
  enabled: "State",
  offVariant: "Off variant",
  default: "Default",
  rules: "Rule",
  when: "condition",
  served: "serves",
  variants: "Variant",
  targets: "Individual targets",
  prerequisites: "Prerequisites",
  staleness: "When out of date",
};

/** `/rules/abc/when` → `Rule 2, condition`: a place of the merge, as a person calls it. */
export function placeSaid(path: string, mine: Document, theirs: Document): string {
  const [first = "", second, ...rest] = path.split("/").slice(1);
  if (first !== "rules" || second === undefined)
    return words([first, ...(second === undefined ? [] : [second]), ...rest]);
  const place = [placeOf(mine, second), placeOf(theirs, second)].find((found) => found > 0);
  return [`Rule ${place === undefined ? second : String(place)}`, ...rest.map(word)].join(", ");
}

function words(parts: readonly string[]): string {
  const [head = "", ...rest] = parts.map(word);
  return [head.charAt(0).toUpperCase() + head.slice(1), ...rest].join(", ");
}

function word(part: string): string {
  return NAMES[part] ?? part;
}

function placeOf(of: Document, id: string): number {
  const rules = Array.isArray(of["rules"]) ? (of["rules"] as readonly { readonly id?: unknown }[]) : [];
  return rules.findIndex((each) => each.id === id) + 1;
}
