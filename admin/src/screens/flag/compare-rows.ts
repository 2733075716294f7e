import { same } from "@/text/diff";
import { list } from "@/text/numbers";
import { prerequisite, rule, serve, target, type Rule, type Serve } from "@/text/words";

import type { Decisions } from "./draft";

/** One line of a comparison: what is said on either side; null where there is nothing. */
export interface Row {
  readonly label: string;
  readonly left: string | null;
  readonly right: string | null;
  readonly differs: boolean;
}

/** Two environments side by side, in the order of evaluation. Rules are matched by id, then by what they say. */
export function compared(left: Decisions, right: Decisions): readonly Row[] {
  const plain = (label: string, say: (of: Decisions) => string): Row => {
    const [a, b] = [say(left), say(right)];
    return { label, left: a, right: b, differs: a !== b };
  };
  return [
    plain("State", ({ enabled }) => (enabled ? "on" : "off")),
    plain("Prerequisites", ({ prerequisites }) => list(prerequisites.map(prerequisite)) || "none"),
    plain("Individual targets", ({ targets }) => targets.map(target).join("; ") || "none"),
    ...rules(left.rules, right.rules),
    plain("Default", (of) => serve(of.default)),
    plain("Off variant", ({ offVariant }) => offVariant),
  ];
}

/**
 * Whether both draw the same units wherever both have a split that says the same; `same weights, other salt` is another
 * draw: the same share, of other units.
 */
export function drawnAlike(left: Decisions, right: Decisions): boolean {
  const taken = new Set<number>();
  const pairs = left.rules.map((one) => {
    const j = twin(one, right.rules, taken);
    taken.add(j);
    return [one, right.rules[j]] as const;
  });
  return [...pairs, [left.default, right.default] as const].every(
    ([a, b]) => !b || draw(a) === "" || draw(b) === "" || draw(a) === draw(b),
  );
}

function draw(of: Serve | Rule): string {
  if (!("split" in of)) return "";
  const { by, hash, salt, allocation } = of.split;
  return JSON.stringify([by, hash, salt, allocation]);
}

function rules(left: readonly Rule[], right: readonly Rule[]): readonly Row[] {
  const taken = new Set<number>();
  const rows = left.map((one, i) => {
    const j = twin(one, right, taken);
    taken.add(j);
    const other = right[j];
    const place = other && i !== j ? `Rule ${String(i + 1)} · ${String(j + 1)}` : `Rule ${String(i + 1)}`;
    return {
      label: place,
      left: rule(one),
      right: other ? rule(other) : null,
      differs: !other || i !== j || rule(one) !== rule(other),
    };
  });
  const alone = right.flatMap((other, j) =>
    taken.has(j) ? [] : [{ label: `Rule · ${String(j + 1)}`, left: null, right: rule(other), differs: true }],
  );
  return [...rows, ...alone];
}

function twin(one: Rule, among: readonly Rule[], taken: ReadonlySet<number>): number {
  const open = (fits: (other: Rule) => boolean) =>
    among.findIndex((other, j) => !taken.has(j) && fits(other));
  const byId = one.id ? open((other) => other.id === one.id) : -1;
  return byId >= 0 ? byId : open((other) => same(other.when, one.when));
}
