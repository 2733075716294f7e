import type { Schemas } from "@/api/client";

type Bucket = Schemas["UsageBucket"];

const HOUR_MS = 3_600_000;
/** The name of what was decided when the flag could not be read. */
export const UNREAD = "(default of the call)";

/** One hour of the chart. */
export interface Bar {
  readonly start: number;
  readonly total: number;
  readonly variants: Readonly<Record<string, number>>;
}

/** The last `hours` whole or begun hours up to `now`, also those in which nothing was asked, oldest first. */
export function bars(buckets: readonly Bucket[], now: number, hours: number): readonly Bar[] {
  const last = Math.floor(now / HOUR_MS) * HOUR_MS;
  const byStart = new Map<number, Record<string, number>>();
  for (const { start, variants } of buckets) {
    const hour = Math.floor(Date.parse(start) / HOUR_MS) * HOUR_MS;
    const sums = byStart.get(hour) ?? {};
    for (const [name, uses] of Object.entries(variants))
      sums[name || UNREAD] = (sums[name || UNREAD] ?? 0) + uses;
    byStart.set(hour, sums);
  }
  return Array.from({ length: hours }, (_, i) => {
    const start = last - (hours - 1 - i) * HOUR_MS;
    const variants = byStart.get(start) ?? {};
    return { start, variants, total: Object.values(variants).reduce((a, b) => a + b, 0) };
  });
}

/** Every name that any of them has, in the order of `first`. */
export function namesIn(some: readonly Bar[], first: readonly string[]): readonly string[] {
  const seen = new Set(some.flatMap(({ variants }) => Object.keys(variants)));
  return [...first.filter((name) => seen.has(name)), ...[...seen].filter((name) => !first.includes(name))];
}
