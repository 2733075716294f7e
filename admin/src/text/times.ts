const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const STEPS: readonly [number, number, Intl.RelativeTimeFormatUnit][] = [
  [MINUTE, 1, "second"],
  [HOUR, MINUTE, "minute"],
  [DAY, HOUR, "hour"],
  [30 * DAY, DAY, "day"],
  [365 * DAY, 30 * DAY, "month"],
  [Infinity, 365 * DAY, "year"],
];

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });
const dayOnly = new Intl.DateTimeFormat("en-GB", {
  weekday: "long",
  day: "numeric",
  month: "long",
  year: "numeric",
});
const local = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });

/** `2 min. ago`, `in 3 hr.`; both are Unix milliseconds. */
export function ago(at: number, now: number): string {
  const seconds = (at - now) / 1000;
  const [, size, unit] = STEPS.find(([limit]) => Math.abs(seconds) < limit) ?? [0, DAY, "day"];
  return relative.format(Math.trunc(seconds / size), unit);
}

/** In the reader's own zone. */
export function moment(at: string | number): string {
  return local.format(new Date(at));
}

/** The day in the reader's own zone, `Thursday 26 November 2026`. */
export function day(at: string | number): string {
  return dayOnly.format(new Date(at));
}

/** The same instant in UTC, to the second, as logs write it. */
export function utc(at: string | number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}

const SAID = /\b(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?(?:\.\d+)?)(?:Z| UTC)/g;

/** A sentence of the service in parts: its texts, and the instants in UTC that it names, as Unix milliseconds. */
export function instants(sentence: string): readonly (string | number)[] {
  const parts: (string | number)[] = [];
  let reached = 0;
  for (const found of sentence.matchAll(SAID)) {
    const at = Date.parse(`${found[1] ?? ""}T${found[2] ?? ""}Z`);
    if (Number.isNaN(at)) continue;
    parts.push(sentence.slice(reached, found.index), at);
    reached = found.index + found[0].length;
  }
  return [...parts, sentence.slice(reached)].filter((part) => part !== "");
}

/** In the reader's own zone: the time of day alone where it is the day of `now`. */
export function shortly(at: number, now: number): string {
  return day(at) === day(now) ? clock(at) : moment(at);
}

/** What a field for local date and time holds, as an instant; `null` for what is none. */
export function fromLocal(text: string): string | null {
  const at = new Date(text);
  return text && !Number.isNaN(at.getTime()) ? at.toISOString() : null;
}

/** An instant as a field for local date and time takes it; empty for what is none. */
export function toLocal(at: string | undefined): string {
  const date = new Date(at ?? "");
  if (Number.isNaN(date.getTime())) return "";
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

/** Time of day in the reader's zone, `12:03:04`. */
export function clock(at: string | number): string {
  return new Date(at).toLocaleTimeString("en-GB");
}

/** `04:12`, `1:02:05`; nothing below nought. */
export function countdown(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  const parts = [Math.floor((whole % HOUR) / MINUTE), whole % MINUTE].map((part) =>
    String(part).padStart(2, "0"),
  );
  return whole >= HOUR ? `${String(Math.floor(whole / HOUR))}:${parts.join(":")}` : parts.join(":");
}

/** `15 min`, `1 h 30 min`, `45 s`, `3 d`; the two largest parts. */
export function duration(seconds: number): string {
  if (seconds < 1) return seconds > 0 ? `${String(Math.round(seconds * 1000))} ms` : "0 s";
  const parts: string[] = [];
  let rest = Math.round(seconds);
  for (const [size, unit] of [
    [DAY, "d"],
    [HOUR, "h"],
    [MINUTE, "min"],
    [1, "s"],
  ] as const) {
    const count = Math.floor(rest / size);
    if (count) parts.push(`${String(count)} ${unit}`);
    rest -= count * size;
  }
  return parts.slice(0, 2).join(" ");
}
