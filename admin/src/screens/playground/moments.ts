/** As of when something is asked: now, at a revision of one environment, or at a time. */
export type AsOf =
  | { readonly kind: "now" }
  | { readonly kind: "revision"; readonly revision: number }
  | { readonly kind: "time"; readonly at: string };

export const NOW: AsOf = { kind: "now" };

const WHOLE = /T.*(Z|[+-]\d\d:\d\d)$/;

/** Whether it has not come yet, so that nobody can say what will be in force then. */
export function isAhead(asOf: AsOf, now: number): boolean {
  return asOf.kind === "time" && Date.parse(asOf.at) > now;
}

interface Addressed {
  readonly at?: string;
  readonly revision?: number;
}

/** What an address says; a revision counts before a time, and what is no time is now. */
export function asOfIn({ at, revision }: Addressed): AsOf {
  if (revision !== undefined && revision >= 0) return { kind: "revision", revision };
  const moment = at ? Date.parse(at) : NaN;
  if (!at || Number.isNaN(moment)) return NOW;
  // A whole time stays as it is: the service's own are finer than a Date can hold.
  return { kind: "time", at: WHOLE.test(at) ? at : new Date(moment).toISOString() };
}

/** The same for an address. */
export function addressOf(asOf: AsOf): { at: string | undefined; revision: number | undefined } {
  return {
    at: asOf.kind === "time" ? asOf.at : undefined,
    revision: asOf.kind === "revision" ? asOf.revision : undefined,
  };
}

/** The members of a question. */
export function asked(asOf: AsOf): { at?: string; revision?: number } {
  if (asOf.kind === "now") return {};
  return asOf.kind === "time" ? { at: asOf.at } : { revision: asOf.revision };
}

const two = (part: number) => String(part).padStart(2, "0");

/** An instant as a field for local times has it: in the reader's zone, to the second. */
export function localOf(at: string | number): string {
  const moment = new Date(at);
  const day = [moment.getFullYear(), two(moment.getMonth() + 1), two(moment.getDate())].join("-");
  return `${day}T${[moment.getHours(), moment.getMinutes(), moment.getSeconds()].map(two).join(":")}`;
}

/** The instant of a local time, or null for what is none. */
export function instantOf(local: string): string | null {
  const moment = local ? new Date(local).getTime() : NaN;
  return Number.isNaN(moment) ? null : new Date(moment).toISOString();
}
