import type { Schemas } from "@/api/client";
import { list } from "@/text/numbers";
import { moment } from "@/text/times";

type Freeze = Schemas["Freeze"];
export type Weekly = NonNullable<Freeze["weekly"]>;

export const WEEKDAYS = [
  "monday",
  "tuesday",
  "wednesday",
  "thursday",
  "friday",
  "saturday",
  "sunday",
] as const satisfies readonly Weekly["weekdays"][number][];

/** When a freeze holds, in words. */
export function whenWords({ from, until, weekly }: Pick<Freeze, "from" | "until" | "weekly">): string {
  if (weekly) return weeklyWords(weekly);
  if (from && until) return `from ${moment(from)} until ${moment(until)}`;
  if (until) return `until ${moment(until)}`;
  return `${from ? `from ${moment(from)} ` : ""}until it is lifted`;
}

/** `every Friday, 14:00 to 00:00 (Europe/Berlin)`; the end belongs to the next day where it is not after the start. */
export function weeklyWords({ weekdays, start, end, zone }: Weekly): string {
  const next = end <= start ? " of the next day" : "";
  return `every ${list(weekdays.map(capital))}, ${start} to ${end}${next} (${zone})`;
}

/** Where a freeze is at a moment (Unix milliseconds); a weekly one is judged by the service alone. */
export function standing(
  { from, until, weekly }: Freeze,
  now: number,
): "holds" | "comes" | "over" | "weekly" {
  if (weekly) return "weekly";
  if (until && new Date(until).getTime() <= now) return "over";
  return from && new Date(from).getTime() > now ? "comes" : "holds";
}

/** What a `datetime-local` field has, as an instant; null for an empty one. */
export function instantOf(local: string): string | null {
  return local ? new Date(local).toISOString() : null;
}

/** An instant as a `datetime-local` field has it, in the reader's zone. */
export function localOf(instant: string | null): string {
  if (!instant) return "";
  const at = new Date(instant);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
