import type { Condition } from "@/text/words";

import {
  at,
  duplicated,
  moved,
  negated,
  parts,
  removed,
  replaced,
  unwrapped,
  unwraps,
  wrapped,
  wordOf,
} from "./tree";
import type { Path, Word } from "./tree";

/** What can be done with one condition of a tree; null for what cannot. */
export interface Steps {
  readonly up: (() => void) | null;
  readonly down: (() => void) | null;
  readonly remove: () => void;
  readonly duplicate: () => void;
  readonly negate: () => void;
  /** What `negate` would make of it, as a command. */
  readonly negation: string;
  readonly wrap: (within: Word | "not") => void;
  readonly unwrap: (() => void) | null;
}

/** What the steps need to know: the whole tree, and whom to tell. */
export interface Tree {
  readonly root: Condition;
  readonly onChange: (root: Condition) => void;
  /** After a move: where it stands now and in which direction it went. */
  readonly onMoved: (root: Condition, path: Path, by: -1 | 1) => void;
}

/** The steps of the condition at a path. */
export function stepsOf({ root, onChange, onMoved }: Tree, path: Path): Steps {
  const it = at(root, path) ?? root;
  const move = (by: -1 | 1) => {
    const next = moved(root, path, by);
    return next && (() => onMoved(next.root, next.path, by));
  };
  return {
    up: move(-1),
    down: move(1),
    remove: () => onChange(removed(root, path)),
    duplicate: () => onChange(duplicated(root, path)),
    negate: () => onChange(replaced(root, path, negated(it))),
    negation: isNegated(it) ? "Without the NOT" : "Negate (NOT)",
    wrap: (within) => onChange(wrapped(root, path, within)),
    unwrap: unwraps(root, path) ? () => onChange(unwrapped(root, path)) : null,
  };
}

/** `place 2 of 3`, for those who hear where it went. */
export function placeOf(root: Condition, path: Path): string {
  const parent = at(root, path.slice(0, -1));
  const place = String((path.at(-1) ?? 0) + 1);
  return `place ${place} of ${String(parent ? parts(parent).length : 1)}`;
}

function isNegated(of: Condition): boolean {
  return "not" in of || (!wordOf(of) && (of as { negate?: boolean }).negate === true);
}
