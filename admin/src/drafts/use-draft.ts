import { useCallback, useState } from "react";

import { same } from "@/text/diff";

import { keep, kept, type Draft } from "./draft";

/** A document under edit: what is shown, whether it differs, and the version that a save is based on. */
export interface Editing<T> {
  readonly value: T;
  readonly base: T;
  readonly version: number;
  readonly changed: boolean;
  /** The service has a newer version than the one that this edit began from. */
  readonly behind: boolean;
  readonly set: (next: T | ((now: T) => T)) => void;
  readonly discard: () => void;
  /** Goes on editing `value` on top of a newer version: after a merge. */
  readonly rebase: (base: T, version: number, value: T) => void;
}

/**
 * Edits one document. `name` tells drafts apart (`production/flag/checkout`); `current` is the service's form of it. As
 * long as nothing is changed, it follows the service; an edit under way is never overwritten.
 */
export function useDraft<T>(name: string, current: T, version: number): Editing<T> {
  const [held, setHeld] = useState<{ name: string; draft: Draft<T> | null }>(() => ({
    name,
    draft: kept<T>(localStorage, name),
  }));
  const draft = held.name === name ? held.draft : kept<T>(localStorage, name);
  const base = draft?.base ?? current;
  const value = draft?.edited ?? current;
  const changed = draft !== null && !same(draft.base, draft.edited);

  const put = useCallback(
    (next: Draft<T> | null) => {
      keep(localStorage, name, next);
      setHeld({ name, draft: next });
    },
    [name],
  );
  const set = useCallback(
    (next: T | ((now: T) => T)) => {
      const edited = typeof next === "function" ? (next as (now: T) => T)(value) : next;
      // Undone by hand: follow the service again.
      put(same(base, edited) ? null : { base, version: draft?.version ?? version, edited, at: Date.now() });
    },
    [base, draft, put, value, version],
  );

  return {
    value,
    base,
    version: draft?.version ?? version,
    changed,
    behind: changed && draft.version < version,
    set,
    discard: useCallback(() => put(null), [put]),
    rebase: useCallback(
      (newBase, newVersion, edited) => put({ base: newBase, version: newVersion, edited, at: Date.now() }),
      [put],
    ),
  };
}
