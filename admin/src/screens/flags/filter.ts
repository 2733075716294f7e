import type { Schemas } from "@/api/client";
import type { Cell } from "@/text/cells";

import { wanted, type Facets, type Search, type Token, type TokenName } from "./tokens";

export type Flag = Schemas["MatrixFlag"];
export type MatrixEnvironment = Schemas["MatrixEnvironment"];
export type Sort = "key" | "name" | "changed" | "used";

/** What `state:` may say, and which cells that means. */
export const STATES: Readonly<Record<string, (cell: Cell) => boolean>> = {
  on: ({ state }) => state === "on",
  off: ({ state }) => state === "off",
  split: ({ state, weights }) => state === "split" || (state === "rules" && weights !== null),
  rules: ({ rules, targets, enabled }) => enabled && rules + targets > 0,
  rollout: ({ state }) => state === "rollout",
  enabled: ({ enabled }) => enabled,
};

/** What a search needs to know beside the flags: which of them stand still where (`*`: everywhere), and the time. */
export interface Known {
  readonly stale: ReadonlyMap<string, readonly string[]>;
  readonly now: number;
}

/** The flags that a search finds, in the order that is wanted. Costs about a millisecond for a thousand. */
export function found(
  flags: readonly Flag[],
  search: Search,
  order: { readonly sort: Sort; readonly down: boolean },
  known: Known,
): readonly Flag[] {
  const places = wanted(search, "env");
  const holds = (flag: Flag) =>
    search.words.every((word) => haystack(flag).includes(word)) &&
    search.tokens.every((token) => token.name === "env" || has(flag, token, places, known) !== token.not);
  const kept = flags.filter(holds).sort(ORDERS[order.sort]);
  return order.down ? kept.reverse() : kept;
}

/** The environments to show: those that the search names, or all. */
export function shown<E extends { readonly key: string }>(
  environments: readonly E[],
  search: Search,
): readonly E[] {
  const named = wanted(search, "env");
  const some = environments.filter(({ key }) => named.includes(key.toLowerCase()));
  return some.length ? some : environments;
}

/** When a flag was last changed, in its definition or anywhere, and by whom. */
export function lastChange(flag: Flag): { readonly at: string; readonly by: string } {
  const all = [flag, ...Object.values(flag.environments)];
  return all
    .map(({ changedAt, changedBy }) => ({ at: changedAt, by: changedBy }))
    .reduce((last, each) => (each.at > last.at ? each : last));
}

/** Uses in the last 24 hours, everywhere. */
export function uses(flag: Flag): number {
  return Object.values(flag.environments).reduce((total, cell) => total + usesOf(cell), 0);
}

/** Uses in the last 24 hours, here. */
export function usesOf(cell: Cell): number {
  return (cell.uses ?? []).reduce((total, each) => total + each, 0);
}

/** What the suggestions offer: what is there, the most frequent first. */
export function facetsOf(flags: readonly Flag[], environments: readonly MatrixEnvironment[]): Facets {
  return {
    env: environments.map(({ key }) => key),
    state: Object.keys(STATES),
    owner: [...frequent(flags.map(({ owner }) => owner ?? "none"))],
    tag: [...frequent(flags.flatMap(({ tags }) => tags)), "none"],
    type: [...frequent(flags.map(({ type }) => type))],
    stale: ["yes", "no"],
    expired: ["yes", "no"],
  };
}

const haystacks = new WeakMap<Flag, string>();

function haystack(flag: Flag): string {
  const known = haystacks.get(flag);
  if (known !== undefined) return known;
  const parts = [flag.key, flag.name, flag.description, flag.owner, ...flag.tags];
  const made = parts.filter(Boolean).join("\n").toLowerCase();
  haystacks.set(flag, made);
  return made;
}

type Test = (flag: Flag, value: string, places: readonly string[], known: Known) => boolean;

const TESTS: Readonly<Record<Exclude<TokenName, "env">, Test>> = {
  state: (flag, value, places) => cells(flag, places).some((cell) => STATES[value]?.(cell) ?? false),
  owner: ({ owner }, value) => (owner ?? "none").toLowerCase() === value,
  tag: ({ tags }, value) =>
    (value === "none" && !tags.length) || tags.some((tag) => tag.toLowerCase() === value),
  type: ({ type }, value) => type === value,
  stale: ({ key }, value, places, { stale }) => stands(stale.get(key), places) === (value === "yes"),
  expired: ({ expires }, value, _, { now }) => isExpired(expires, now) === (value === "yes"),
};

function has(flag: Flag, { name, values }: Token, places: readonly string[], known: Known): boolean {
  return name === "env" || values.some((value) => TESTS[name](flag, value, places, known));
}

function stands(where: readonly string[] = [], places: readonly string[]): boolean {
  return where.some((name) => name === "*" || !places.length || places.includes(name.toLowerCase()));
}

const DAY_MS = 86_400_000;

/** Whether a flag is past the day on which it should be gone. A day counts to its end, in UTC. */
export function isExpired(expires: string | null, now: number): boolean {
  return expires !== null && Date.parse(expires) + (expires.length === 10 ? DAY_MS : 0) <= now;
}

function namesOf(flag: Flag, places: readonly string[]): readonly string[] {
  const names = Object.keys(flag.environments);
  return places.length ? names.filter((name) => places.includes(name.toLowerCase())) : names;
}

function cells(flag: Flag, places: readonly string[]): readonly Cell[] {
  return namesOf(flag, places).flatMap((name) => flag.environments[name] ?? []);
}

function frequent(values: readonly string[]): IterableIterator<string> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return new Map([...counts].sort(([a, m], [b, n]) => n - m || a.localeCompare(b))).keys();
}

const byKey = (a: Flag, b: Flag) => (a.key < b.key ? -1 : 1);

/** The first of each is what one looks for: the newest change, the most used. */
const ORDERS: Readonly<Record<Sort, (a: Flag, b: Flag) => number>> = {
  key: byKey,
  name: (a, b) => (a.name ?? a.key).localeCompare(b.name ?? b.key) || byKey(a, b),
  changed: (a, b) => lastChange(b).at.localeCompare(lastChange(a).at) || byKey(a, b),
  used: (a, b) => uses(b) - uses(a) || byKey(a, b),
};
