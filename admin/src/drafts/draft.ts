import { same } from "@/text/diff";

/** What a person has typed and not yet saved, and the version of the document that it began from. */
export interface Draft<T> {
  readonly base: T;
  readonly version: number;
  readonly edited: T;
  readonly at: number;
}

const PREFIX = "flagsvc-draft:";

/** Where drafts stay over a reload or an expired sign-in; a browser that keeps nothing loses only that. */
export interface Keeper {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
  key(index: number): string | null;
  readonly length: number;
}

/** The draft of this document, or null; what cannot be read counts as none. */
export function kept<T>(keeper: Keeper, name: string): Draft<T> | null {
  try {
    const text = keeper.getItem(PREFIX + name);
    return text ? (JSON.parse(text) as Draft<T>) : null;
  } catch {
    return null;
  }
}

/** Keeps the draft, or forgets it when nothing in it differs from its base. */
export function keep<T>(keeper: Keeper, name: string, draft: Draft<T> | null): void {
  try {
    if (draft && !same(draft.base, draft.edited)) keeper.setItem(PREFIX + name, JSON.stringify(draft));
    else keeper.removeItem(PREFIX + name);
  } catch {
    // A full or forbidden store: the draft lives on in memory.
  }
}

/** The names of all drafts. */
export function names(keeper: Keeper): readonly string[] {
  return Array.from({ length: keeper.length }, (_, i) => keeper.key(i) ?? "")
    .filter((key) => key.startsWith(PREFIX))
    .map((key) => key.slice(PREFIX.length));
}

/** Forgets every draft: somebody has signed out. */
export function forget(keeper: Keeper): void {
  names(keeper).forEach((name) => keeper.removeItem(PREFIX + name));
}
