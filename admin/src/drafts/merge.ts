import { same } from "@/text/diff";

type Map = Readonly<Record<string, unknown>>;

/** The outcome of a three-way merge: what both agree on, and the paths where a person has to choose. */
export interface Merged<T> {
  readonly merged: T;
  readonly conflicts: readonly string[];
}

/**
 * Merges what I edited with what somebody else saved meanwhile, both from the same base. Members that only one side
 * changed are taken from it; where both changed the same one differently, mine stays and its path is a conflict.
 * Rules, targets and other lists of things with an `id` are merged by id, all other lists as one value. So are a
 * condition, and what is served: half of mine with half of theirs would be something that nobody has asked for.
 */
export function merge<T>(base: T, mine: T, theirs: T): Merged<T> {
  const conflicts: string[] = [];
  const merged = mergeValue(base, mine, theirs, "", conflicts) as T;
  return { merged, conflicts };
}

function mergeValue(
  base: unknown,
  mine: unknown,
  theirs: unknown,
  path: string,
  conflicts: string[],
): unknown {
  if (same(mine, theirs) || same(theirs, base)) return mine;
  if (same(mine, base)) return theirs;
  if (isMap(mine) && isMap(theirs) && !WHOLES.has(path.slice(path.lastIndexOf("/") + 1)))
    return mergeMaps(isMap(base) ? base : {}, mine, theirs, path, conflicts);
  if (haveIds(mine) && haveIds(theirs))
    return mergeLists(haveIds(base) ? base : [], mine, theirs, path, conflicts);
  conflicts.push(path || "/");
  return mine;
}

function mergeMaps(base: Map, mine: Map, theirs: Map, path: string, conflicts: string[]): Map {
  const [was, my, their] = [folded(base), folded(mine), folded(theirs)];
  const names = [...new Set([...Object.keys(my), ...Object.keys(their)])];
  const parts = names.map(
    (name) => [name, mergeValue(was[name], my[name], their[name], `${path}/${name}`, conflicts)] as const,
  );
  return unfolded(Object.fromEntries(parts.filter(([, held]) => held !== undefined)));
}

/** What is served: one variant or a split, two members of which only ever one is there. */
const SERVED = "served";
/** Members that are taken from one side as they are. */
const WHOLES = new Set([SERVED, "when", "split", "weights", "bucket", "staleness"]);

/** The map with `serve` and `split` in one member, as they are one decision. */
function folded(map: Map): Map {
  if (!("serve" in map || "split" in map)) return map;
  const { serve, split, ...rest } = map;
  return { ...rest, [SERVED]: { serve, split } };
}

function unfolded(map: Map): Map {
  if (!(SERVED in map)) return map;
  const { [SERVED]: served, ...rest } = map;
  const parts = Object.entries(served as Map).filter(([, held]) => held !== undefined);
  return { ...rest, ...Object.fromEntries(parts) };
}

type Item = { readonly id: string } & Map;

/** Mine in my order; what only they added comes after the item that it follows on their side. */
function mergeLists(
  base: readonly Item[],
  mine: readonly Item[],
  theirs: readonly Item[],
  path: string,
  conflicts: string[],
): readonly Item[] {
  const of = (list: readonly Item[]) => new Map(list.map((item) => [item.id, item]));
  const [was, my, their] = [of(base), of(mine), of(theirs)];
  const dropped = base.filter(({ id }) => !my.has(id) && their.has(id) && !same(was.get(id), their.get(id)));
  conflicts.push(...dropped.map(({ id }) => `${path}/${id}`)); // I removed what somebody else changed
  const ids = inserted(
    mine,
    theirs.filter(({ id }) => !my.has(id) && !was.has(id)),
    theirs,
  );
  return ids.flatMap((id) => {
    const held = mergeValue(was.get(id), my.get(id), their.get(id), `${path}/${id}`, conflicts);
    return isItem(held) ? [held] : [];
  });
}

function inserted(mine: readonly Item[], added: readonly Item[], theirs: readonly Item[]): readonly string[] {
  const ids = mine.map(({ id }) => id);
  for (const { id } of added) {
    const before = theirs[theirs.findIndex((item) => item.id === id) - 1];
    const place = before ? ids.indexOf(before.id) + 1 : 0;
    ids.splice(before && place === 0 ? ids.length : place, 0, id);
  }
  return ids;
}

function isMap(of: unknown): of is Map {
  return typeof of === "object" && of !== null && !Array.isArray(of);
}

function haveIds(of: unknown): of is readonly Item[] {
  return Array.isArray(of) && of.every(isItem);
}

/** The merge with their side at these paths of it (as `conflicts` names them). */
export function taken<T>(merged: T, theirs: T, paths: readonly string[]): T {
  return paths.reduce((held, path) => put(held, theirs, path.split("/").slice(1)) as T, merged);
}

function put(into: unknown, from: unknown, [name, ...rest]: readonly string[]): unknown {
  if (!name) return from;
  if (Array.isArray(into)) return putItem(into as Item[], from as Item[], name, rest);
  const [held, given] = [folded(into as Map), folded(from as Map)];
  const next = put(held[name], given[name], rest);
  return unfolded(next === undefined ? without(held, name) : { ...held, [name]: next });
}

function putItem(
  into: readonly Item[],
  from: readonly Item[],
  id: string,
  rest: readonly string[],
): readonly Item[] {
  const theirs = from.find((item) => item.id === id);
  if (!into.some((item) => item.id === id)) return theirs ? [...into, theirs] : into;
  return into.flatMap((item) =>
    item.id === id ? (theirs ? [put(item, theirs, rest) as Item] : []) : [item],
  );
}

function without(map: Map, name: string): Map {
  return Object.fromEntries(Object.entries(map).filter(([other]) => other !== name));
}

function isItem(of: unknown): of is Item {
  return isMap(of) && typeof of["id"] === "string";
}
