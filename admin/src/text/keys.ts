const KEY = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** What is wrong with a key, in words; null when nothing is. `taken` are those that exist. */
export function faultOfKey(key: string, taken: readonly string[] = []): string | null {
  if (!key) return null;
  if (!KEY.test(key)) return "Letters, digits, “.”, “_” and “-”; a letter or digit first; at most 100.";
  return taken.includes(key) ? "There is one with this key already." : null;
}
