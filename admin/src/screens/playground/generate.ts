/** The most units that one question may have. */
export const MOST_UNITS = 10_000;

/** Numbered units: `user-1`, `user-2` …; at most as many as one question may have. */
export function generated(prefix: string, first: number, amount: number): readonly string[] {
  const many = Math.max(0, Math.min(MOST_UNITS, Math.floor(amount)));
  return Array.from({ length: many }, (_, i) => `${prefix}${first + i}`);
}

/** Units drawn at random, as identifiers of people are: nothing about them is regular. */
export function drawn(amount: number): readonly string[] {
  const many = Math.max(0, Math.min(MOST_UNITS, Math.floor(amount)));
  return Array.from({ length: many }, () => crypto.randomUUID());
}
