const FIRST_MS = 500;
const MOST_MS = 15_000;

/** How long to wait before the nth attempt (from 0), with full jitter. `chance` gives [0, 1). */
export function backoff(attempt: number, chance: () => number): number {
  return Math.round(FIRST_MS / 2 + chance() * Math.min(MOST_MS, FIRST_MS * 2 ** attempt));
}
