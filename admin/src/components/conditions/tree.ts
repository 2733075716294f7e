import type { Condition } from "@/text/words";

/** Where a condition stands in a tree: the place of each ancestor among its siblings. The root is the empty path. */
export type Path = readonly number[];
export type Word = "all" | "any";

/** What a condition is made of: the members of a group, the one below a NOT, nothing for all others. */
export function parts(of: Condition): readonly Condition[] {
  if ("all" in of) return of.all;
  if ("any" in of) return of.any;
  return "not" in of ? [of.not] : [];
}

/** The word of a group, or null for what is none. */
export function wordOf(of: Condition): Word | null {
  if ("all" in of) return "all";
  return "any" in of ? "any" : null;
}

/** A group of this word. */
export function group(word: Word, members: readonly Condition[]): Condition {
  return word === "all" ? { all: [...members] } : { any: [...members] };
}

/** The condition at a path, or undefined where there is none. */
export function at(root: Condition, path: Path): Condition | undefined {
  const [first, ...rest] = path;
  if (first === undefined) return root;
  const below = parts(root)[first];
  return below && at(below, rest);
}

/** The tree with another condition at a path; the rest of it is the same. */
export function replaced(root: Condition, path: Path, next: Condition): Condition {
  const [first, ...rest] = path;
  const below = first === undefined ? undefined : parts(root)[first];
  if (first === undefined || !below) return path.length ? root : next;
  return withParts(
    root,
    parts(root).map((part, i) => (i === first ? replaced(part, rest, next) : part)),
  );
}

/** Without the condition at a path. A NOT goes with what it negates; the root leaves the empty ALL: everybody. */
export function removed(root: Condition, path: Path): Condition {
  const parent = at(root, path.slice(0, -1));
  if (!path.length || !parent) return { all: [] };
  if (!wordOf(parent)) return removed(root, path.slice(0, -1));
  return replaced(
    root,
    path.slice(0, -1),
    withParts(
      parent,
      parts(parent).filter((_, i) => i !== path.at(-1)),
    ),
  );
}

/** With one more condition in the group at a path, at a place (the end when left out). */
export function inserted(root: Condition, path: Path, next: Condition, place = Infinity): Condition {
  const into = at(root, path);
  if (!into || !wordOf(into)) return root;
  return replaced(root, path, withParts(into, parts(into).toSpliced(Math.min(place, 1e6), 0, next)));
}

/** With the condition twice, the copy behind it; what has no siblings gets a group around both. */
export function duplicated(root: Condition, path: Path): Condition {
  const it = at(root, path);
  const parent = at(root, path.slice(0, -1));
  if (!it) return root;
  if (!path.length || !parent || !wordOf(parent))
    return replaced(root, path, group("all", [it, structuredClone(it)]));
  return inserted(root, path.slice(0, -1), structuredClone(it), (path.at(-1) ?? 0) + 1);
}

/** A move and where the condition stands after it. */
export interface Moved {
  readonly root: Condition;
  readonly path: Path;
}

/**
 * One place up (-1) or down (1) among its siblings; at the edge of its group it steps out, beside the group. Null where
 * there is no further way.
 */
export function moved(root: Condition, path: Path, by: -1 | 1): Moved | null {
  const place = path.at(-1);
  const home = path.slice(0, -1);
  const parent = at(root, home);
  const it = at(root, path);
  if (place === undefined || !parent || !it || !wordOf(parent)) return null;
  const next = place + by;
  if (next >= 0 && next < parts(parent).length) {
    const order = parts(parent).toSpliced(place, 1).toSpliced(next, 0, it);
    return { root: replaced(root, home, withParts(parent, order)), path: [...home, next] };
  }
  return stepped(root, home, place, it, by);
}

function stepped(root: Condition, home: Path, place: number, it: Condition, by: -1 | 1): Moved | null {
  const outer = at(root, home.slice(0, -1));
  const among = home.at(-1);
  if (among === undefined || !outer || !wordOf(outer)) return null;
  const beside = among + (by === 1 ? 1 : 0);
  const left = removed(root, [...home, place]);
  return {
    root: inserted(left, home.slice(0, -1), it, beside),
    path: [...home.slice(0, -1), beside],
  };
}

/** With a group, or a NOT, around the condition at a path. */
export function wrapped(root: Condition, path: Path, within: Word | "not"): Condition {
  const it = at(root, path);
  if (!it) return root;
  return replaced(root, path, within === "not" ? { not: it } : group(within, [it]));
}

/** Without the group or NOT at a path: what is in it takes its place. Unchanged where it would not fit there. */
export function unwrapped(root: Condition, path: Path): Condition {
  const it = at(root, path);
  const parent = path.length ? at(root, path.slice(0, -1)) : undefined;
  if (!it) return root;
  const inside = parts(it);
  const [only] = inside;
  if (inside.length === 1 && only) return replaced(root, path, only);
  if (!parent || !wordOf(parent)) return root;
  const place = path.at(-1) ?? 0;
  return replaced(root, path.slice(0, -1), withParts(parent, parts(parent).toSpliced(place, 1, ...inside)));
}

/** Whether `unwrapped` would do something: one member, or a group to spread the members over that joins them alike. */
export function unwraps(root: Condition, path: Path): boolean {
  const it = at(root, path);
  if (!it || !("not" in it || wordOf(it))) return false;
  if (parts(it).length === 1) return true;
  const parent = path.length ? at(root, path.slice(0, -1)) : undefined;
  return parent !== undefined && wordOf(parent) !== null && wordOf(parent) === wordOf(it);
}

/** The opposite. A missing attribute stays neither true nor false, and nothing is nested that need not be. */
export function negated(of: Condition): Condition {
  if ("not" in of) return of.not;
  if (wordOf(of)) return { not: of };
  const { negate, ...rest } = of as Condition & { negate?: boolean };
  return (negate ? rest : { ...rest, negate: true }) as Condition;
}

/** The group with the other word. */
export function flipped(of: Condition): Condition {
  const word = wordOf(of);
  return word ? group(word === "all" ? "any" : "all", parts(of)) : of;
}

/** Root and one more: into the root where it joins by this word, else both in a new group. */
export function joined(root: Condition, word: Word, next: Condition): Condition {
  return wordOf(root) === word ? inserted(root, [], next) : group(word, [root, next]);
}

/** RFC 6901 pointer from the root to a path, as the service names places. */
export function pointerOf(root: Condition, path: Path): string {
  const [first, ...rest] = path;
  if (first === undefined) return "";
  const below = parts(root)[first];
  const step = "not" in root ? "/not" : `/${wordOf(root) ?? ""}/${String(first)}`;
  return below ? step + pointerOf(below, rest) : step;
}

/** How many conditions there are, groups included. */
export function size(of: Condition): number {
  return 1 + parts(of).reduce((total, part) => total + size(part), 0);
}

function withParts(of: Condition, members: readonly Condition[]): Condition {
  const word = wordOf(of);
  if (word) return group(word, members);
  const [only] = members;
  return "not" in of && only ? { not: only } : of;
}
