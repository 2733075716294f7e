import type { Client, Delivery } from "@/api/service";
import type { Tone } from "@/components/tag";
import { count, number } from "@/text/numbers";
import { duration } from "@/text/times";

/** Where a process stands to the revision that is asked about. */
export interface Place {
  readonly word: string;
  readonly tone: Tone;
}

/** Whether a process holds the revision; `late` are those of which the service says that they do not. */
export function placeOf(client: Client, revision: number, late: ReadonlySet<string>): Place {
  const behind = revision - client.revision;
  if (behind > 0) return { word: `${number(behind)} behind`, tone: "warn" };
  return late.has(client.client) ? { word: "another history", tone: "bad" } : { word: "there", tone: "ok" };
}

/** Those who are behind first, the furthest first; then by application and the time of the last report. */
export function ordered(clients: readonly Client[], late: ReadonlySet<string>): readonly Client[] {
  const rank = (client: Client) => (late.has(client.client) ? 0 : 1);
  return [...clients].sort(
    (a, b) =>
      rank(a) - rank(b) ||
      a.revision - b.revision ||
      a.application.localeCompare(b.application) ||
      b.lastSeenAt.localeCompare(a.lastSeenAt),
  );
}

/** Those whose application, SDK or own id has these letters, in any case. */
export function sought(clients: readonly Client[], text: string): readonly Client[] {
  const letters = text.trim().toLowerCase();
  return clients.filter(({ application, sdk, client }) =>
    [application, sdk, client].some((name) => name.toLowerCase().includes(letters)),
  );
}

/** The receipt in a sentence, and its tone. */
export function receipt(delivery: Delivery): { readonly sentence: string; readonly tone: Tone } {
  const { clients, current, slowestMs } = delivery;
  if (!clients) return { sentence: "Nobody reported within three minutes.", tone: "quiet" };
  if (current < clients)
    return {
      sentence: `${count(clients - current, "process", "processes")} did not confirm it yet. Each reports about once a minute.`,
      tone: "warn",
    };
  const slowest =
    slowestMs === null ? "" : ` The slowest had it ${duration(slowestMs / 1000)} after the change.`;
  return { sentence: `Everybody who is known confirmed it.${slowest}`, tone: "ok" };
}

/** The number in EPOCH.REVISION. */
export function revisionIn(text: string | null | undefined): number | null {
  const found = /\.(\d+)$/.exec(text ?? "");
  return found ? Number(found[1]) : null;
}
