import type { Schemas } from "@/api/client";
import { difference } from "@/text/diff";
import { described } from "@/text/gist";

export type Item = Schemas["ComparedItem"];

/** The name of an item: `flag/checkout`. */
export function nameOf({ kind, key }: Item): string {
  return `${kind}/${key}`;
}

/** Whether copying this from one environment to another would change anything there, and can be done. */
export function copies(item: Item, from: string, to: string): boolean {
  const there = item.sides[from];
  if (!there) return false;
  const here = item.sides[to];
  return !here || item.sameUnits === false || difference(there, here).length > 0 || !alike(there, here);
}

/** What the API takes: keys by kind. */
export function asked(from: string, items: readonly Item[]): Schemas["Copy"] {
  const keys = (kind: Item["kind"]) => items.filter((item) => item.kind === kind).map(({ key }) => key);
  return { from, flags: keys("flag"), segments: keys("segment"), splits: keys("split") };
}

/** One property of an item in every environment; null where it has none, or the item is not there. */
export interface Row {
  readonly label: string;
  readonly values: readonly (string | null)[];
  readonly differs: boolean;
}

/** An item property by property, in words: one value for each environment. */
export function rows(item: Item, environments: readonly string[]): readonly Row[] {
  const sides = environments.map((environment) => {
    const side = item.sides[environment];
    return side ? new Map(described(side).map(({ label, after }) => [label, after])) : null;
  });
  const labels = [...new Set(sides.flatMap((side) => [...(side?.keys() ?? [])]))];
  return labels.map((label) => {
    const values = sides.map((side) => side?.get(label) ?? null);
    return { label, values, differs: new Set(values).size > 1 };
  });
}

/** Items whose key or name has these letters, and which differ, unless all are wanted. */
export function narrowed(items: readonly Item[], q = ""): readonly Item[] {
  const wanted = q.trim().toLowerCase();
  return items.filter(
    ({ kind, key, name }) => !wanted || `${kind} ${key} ${name ?? ""}`.toLowerCase().includes(wanted),
  );
}

/** Why an item is in the list, in a word or two. */
export function why(item: Item): "differs" | "other units" | "same" {
  if (item.differs) return "differs";
  return item.sameUnits === false ? "other units" : "same";
}

function alike(a: object, b: object): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
