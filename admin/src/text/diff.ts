import { LABELS, place, SAID, step } from "./members";
import { count, list } from "./numbers";
import { condition, rule, serve, value, type Rule, type Serve } from "./words";

/** One line of a difference in words: what was, what is; either is missing for what is new or gone. */
export interface Line {
  readonly label: string;
  readonly before: string | null;
  readonly after: string | null;
}

export type Document = Readonly<Record<string, unknown>>;

/** What the service adds, and what describes nothing that a person decides. */
const SILENT = new Set([
  "version",
  "revision",
  "createdAt",
  "createdBy",
  "changedAt",
  "changedBy",
  "archived",
  "environments",
  "status",
  "salt",
  "seenAt",
  "key",
  "format",
]);

/**
 * What changed between two forms of a document, in words, in the order of evaluation. Rules are told apart by id, so
 * that one that moved is said to have moved and not to be another.
 */
export function difference(before: Document | null, after: Document | null): readonly Line[] {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  const told = names
    .filter((name) => !SILENT.has(name) && !same(before?.[name], after?.[name]))
    .sort((a, b) => place(a) - place(b))
    .flatMap((name) => lines(name, before?.[name], after?.[name]));
  return [...told, ...tables(before, after)];
}

/** Whether two values say the same, tables and salts aside. */
export function same(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

function canonical(of: unknown): string {
  const plain = of === undefined || (Array.isArray(of) && !of.length) ? null : of; // nothing listed says nothing
  return JSON.stringify(bare(plain));
}

/** Without what belongs to the service, and with names in order. */
function bare(of: unknown): unknown {
  if (Array.isArray(of)) return of.map(bare);
  if (of === null || typeof of !== "object") return of;
  const kept = Object.entries(of).filter(
    ([name, held]) => name !== "allocation" && held !== undefined && held !== null,
  );
  return Object.fromEntries(
    kept.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, held]) => [name, bare(held)]),
  );
}

function lines(name: string, before: unknown, after: unknown): readonly Line[] {
  if (name === "rules") return rules(rulesOf(before), rulesOf(after));
  if (name === "included" || name === "excluded") return [units(name, strings(before), strings(after))];
  if (name === "variants" && isMap(before) && isMap(after)) return members("Variant", before, after);
  if (name === "steps" && before && after) return steps(listed(before) as Step[], listed(after) as Step[]);
  return [{ label: LABELS[name] ?? name, before: said(name, before), after: said(name, after) }];
}

function said(name: string, of: unknown): string | null {
  if (of === undefined || of === null) return null;
  const words = SAID[name];
  return words ? words(of as never) : value(of);
}

function rules(before: readonly Rule[], after: readonly Rule[]): readonly Line[] {
  const was = new Map(before.map((each, i) => [idOf(each, i), { each, place: i + 1 }]));
  const is = new Map(after.map((each, i) => [idOf(each, i), { each, place: i + 1 }]));
  const gone = [...was]
    .filter(([id]) => !is.has(id))
    .map(([, { each, place }]) => ({
      label: `Rule ${String(place)} removed`,
      before: rule(each),
      after: null,
    }));
  const kept = [...is].flatMap(([id, { each, place }]) => ruleLines(was.get(id), each, place));
  const order = reordered([...was.keys()], [...is.keys()]);
  return [...gone, ...kept, ...(order ? [order] : [])];
}

function ruleLines(
  was: { each: Rule; place: number } | undefined,
  now: Rule,
  place: number,
): readonly Line[] {
  if (!was) return [{ label: `Rule ${String(place)} added`, before: null, after: rule(now) }];
  if (same(was.each, now)) return [];
  const changed: Line[] = [];
  if (!same(was.each.when, now.when))
    changed.push({
      label: `Rule ${String(place)}, condition`,
      before: condition(was.each.when),
      after: condition(now.when),
    });
  if (serve(was.each) !== serve(now))
    changed.push({ label: `Rule ${String(place)}, serves`, before: serve(was.each), after: serve(now) });
  if (!same(was.each.description, now.description))
    changed.push({
      label: `Rule ${String(place)}, description`,
      before: was.each.description ?? null,
      after: now.description ?? null,
    });
  return changed.length
    ? changed
    : [{ label: `Rule ${String(place)}`, before: value(was.each), after: value(now) }];
}

function reordered(before: readonly string[], after: readonly string[]): Line | null {
  const common = before.filter((id) => after.includes(id));
  const now = after.filter((id) => before.includes(id));
  if (same(common, now)) return null;
  const places = (ids: readonly string[]) => list(ids.map((id) => `rule ${String(before.indexOf(id) + 1)}`));
  return { label: "Order of rules", before: places(common), after: places(now) };
}

function units(name: string, before: readonly string[], after: readonly string[]): Line {
  const was = new Set(before);
  const is = new Set(after);
  const added = after.filter((unit) => !was.has(unit));
  const removed = before.filter((unit) => !is.has(unit));
  const part = (some: readonly string[]) =>
    some.length ? `${count(some.length, "unit")}: ${list(some, "and", 5)}` : null;
  return {
    label: `${LABELS[name] ?? name} units (removed → added)`,
    before: part(removed),
    after: part(added),
  };
}

type Step = Parameters<typeof step>[0];

function steps(before: readonly Step[], after: readonly Step[]): readonly Line[] {
  const told = (of: Step | undefined) => (of ? step(of) : null);
  return Array.from({ length: Math.max(before.length, after.length) }, (_, i) => ({
    label: `Step ${String(i + 1)}`,
    before: told(before[i]),
    after: told(after[i]),
  })).filter((line) => line.before !== line.after);
}

type Held = Extract<Serve, { split: unknown }>["split"] & {
  readonly allocation?: readonly (readonly [string, number, number])[];
  readonly salt?: string;
};

/** Splits whose weights are the same and whose tables are not: the same shares, of other units. */
function tables(before: Document | null, after: Document | null): readonly Line[] {
  const was = new Map(splits(before));
  return splits(after).flatMap(([label, now]) => {
    const then = was.get(label);
    if (!then?.allocation || !now.allocation || !same(then.weights, now.weights)) return [];
    const [old, young] = [table(then), table(now)];
    return old === young ? [] : [{ label: `${label}, table`, before: old, after: young }];
  });
}

function splits(of: Document | null): readonly (readonly [string, Held])[] {
  const rules = rulesOf(of?.rules).map((each, i) => [`Rule ${String(i + 1)}`, each] as const);
  return [...rules, ["Default", of?.default as Serve | undefined] as const].flatMap(([label, serves]) =>
    serves && "split" in serves ? [[label, serves.split as Held] as const] : [],
  );
}

function table({ allocation = [], salt }: Held): string {
  const ranges = allocation.map(([name, start, end]) => `${name} ${String(start)}…${String(end)}`);
  return `${list(ranges)}, salt ${salt}`;
}

function members(label: string, before: Document, after: Document): readonly Line[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => !same(before[name], after[name]),
  );
  const one = (of: Document, name: string) => (name in of ? value(of[name]) : null);
  return names.map((name) => ({
    label: `${label} ${name}`,
    before: one(before, name),
    after: one(after, name),
  }));
}

function idOf(each: Rule, index: number): string {
  return each.id ?? `#${String(index)}`;
}

function isMap(of: unknown): of is Document {
  return typeof of === "object" && of !== null && !Array.isArray(of);
}

function listed(of: unknown): readonly unknown[] {
  return Array.isArray(of) ? of : [];
}

function rulesOf(of: unknown): readonly Rule[] {
  return listed(of) as Rule[];
}

function strings(of: unknown): readonly string[] {
  return Array.isArray(of) ? (of as string[]) : [];
}
