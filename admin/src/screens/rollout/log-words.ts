import { figure } from "@/text/measures";
import { number } from "@/text/numbers";
import { utc } from "@/text/times";

/** An event of a rollout's log, as it was taken in. */
export type LoggedEvent = Readonly<Record<string, unknown>>;

type Words = (event: LoggedEvent) => string;

/** What each kind of event says. */
const EVENTS: Readonly<Record<string, Words>> = {
  created: (event) =>
    Number(event["startAt"])
      ? `Made, to start at ${utc(Number(event["startAt"]) * 1000)}`
      : "Made, to start at once",
  command: (event) => {
    const gate = text(event["gate"]) ? ` the gate “${text(event["gate"])}”` : "";
    const by = text(event["by"]) ? `${text(event["by"])} asked for` : "Asked for";
    return `${by} ${text(event["order"])}${gate}${text(event["reason"]) ? `: ${text(event["reason"])}` : ""}`;
  },
  tick: (event) =>
    text(event["frozen"]) ? `Time has passed; held: ${text(event["frozen"])}` : "Time has passed",
  routed: (event) => `Routers of ${text(event["target"])}: ${text(event["standing"])}${detail(event)}`,
  answered: (event) => `${asked(text(event["what"]))} answered: ${text(event["outcome"])}${detail(event)}`,
  measured: (event) => `Metrics were read: ${windows(event)}`,
  primed: (event) => `The baseline's hour before was read: ${windows(event)}`,
  shared: (event) =>
    `The share that arrives at ${text(event["target"])} is ${text(event["verdict"])}${observed(event)}${detail(event)}`,
  interfered: (event) =>
    `Somebody else changed ${strings(event["targets"]).join(", ")}${event["released"] ? ", on purpose" : ""}${detail(event)}`,
  refused: (event) => `What ${text(event["target"])} was to become was refused${detail(event)}`,
};

/** The event in words, without its figures; one that this console does not know says its own name. */
export function eventWords(event: LoggedEvent): string {
  const kind = text(event["event"]);
  return EVENTS[kind]?.(event) ?? kind;
}

/** One line of what was measured: metric, window, both arms. */
export interface MeasuredRow {
  readonly metric: string;
  readonly window: string;
  readonly baseline: string;
  readonly candidate: string;
}

/** The inputs of a verdict, as they were read. */
export function measuredRows(event: LoggedEvent): readonly MeasuredRow[] {
  return maps(event["measurements"]).map((row) => ({
    metric: text(row["metric"]),
    window: `${span(row["start"])} to ${span(row["end"])}`,
    baseline: text(row["missing"]) || arm(row["baseline"]),
    candidate: text(row["missing"]) || arm(row["candidate"]),
  }));
}

/** What was put where, in words. */
export function effectWords(effect: LoggedEvent): string {
  const verb = text(effect["effect"]) === "restore" ? "put back" : "moved";
  return `${text(effect["target"])} was ${verb}`;
}

/** A log as lines of JSON, oldest first: what a replay reads. */
export function jsonLines(entries: readonly object[]): string {
  return [...entries]
    .reverse()
    .map((entry) => JSON.stringify(entry))
    .join("\n");
}

function windows(event: LoggedEvent): string {
  const rows = maps(event["measurements"]);
  const names = [...new Set(rows.map((row) => text(row["metric"])))];
  return names.length ? names.join(", ") : "nothing there";
}

function arm(of: unknown): string {
  const counts = (typeof of === "object" && of !== null ? of : {}) as LoggedEvent;
  if (typeof counts["value"] === "number") return figure(counts["value"]);
  const [events, bad, total] = ["events", "bad", "total"].map((name) => Number(counts[name] ?? 0));
  if (!events) return "no events";
  return total
    ? `${number(events)} events, mean ${figure(total / events)}`
    : `${number(bad ?? 0)} bad of ${number(events)}`;
}

function observed(event: LoggedEvent): string {
  return typeof event["observed"] === "number" ? `, ${figure(event["observed"] / 1000)} % are counted` : "";
}

function asked(what: string): string {
  return what.startsWith("gate:")
    ? `The gate “${what.slice(5)}”`
    : what === "hook"
      ? "The hook"
      : `The ${what}`;
}

function detail(event: LoggedEvent): string {
  return text(event["detail"]) ? `: ${text(event["detail"])}` : "";
}

function span(at: unknown): string {
  return utc(Number(at) * 1000);
}

function text(of: unknown): string {
  return typeof of === "string" ? of : "";
}

function strings(of: unknown): readonly string[] {
  return Array.isArray(of) ? of.map(String) : [];
}

function maps(of: unknown): readonly LoggedEvent[] {
  return Array.isArray(of) ? (of as LoggedEvent[]) : [];
}
