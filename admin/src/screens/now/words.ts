import type { Schemas } from "@/api/client";
import type { Delivery, RolloutLine, System } from "@/api/service";
import { headline } from "@/components/health";
import { standingOf, type Binding } from "@/components/standing";
import type { Tone } from "@/components/tag";
import { difference } from "@/text/diff";
import { count, list } from "@/text/numbers";

type Change = Schemas["Change"];
type ChangeInFull = Schemas["ChangeInFull"];

export const DAY_MS = 86_400_000;
const CATALOG = "_catalog";

/** Something that is not as it should be, and where to go about it. */
export interface Concern {
  readonly tone: Tone;
  readonly text: string;
  readonly to: "/system" | "/rollouts/$env/$key" | "/splits/$env/$key";
  readonly env?: string;
  readonly key?: string;
}

/** What is known of everything, in one look. */
export interface Known {
  readonly system: System;
  readonly active: readonly RolloutLine[];
  readonly ended: readonly RolloutLine[];
  readonly bindings: readonly { readonly environment: string; readonly binding: Binding }[];
  readonly now: number;
}

/** Everything that somebody should look at, the most urgent first; empty when all is well. */
export function concerns({ system, active, ended, bindings, now }: Known): readonly Concern[] {
  const { title, tone } = headline(system);
  const health: Concern[] =
    system.status === "ok" ? [] : [{ tone, text: `The service is not well. ${title}.`, to: "/system" }];
  const rollouts = active
    .filter(({ attention }) => attention)
    .map((line) =>
      at("/rollouts/$env/$key", line, toneOf(line), `${line.key}: ${line.attentionReason ?? line.summary}`),
    );
  const back = wentBack(ended, now).map((line) =>
    at("/rollouts/$env/$key", line, "warn", `${line.key} was rolled back within a day`),
  );
  const routers = bindings.flatMap(({ environment, binding }) => {
    const { word, tone: how, meaning } = standingOf(binding);
    if (how !== "bad" && how !== "warn") return [];
    const text = `Binding ${binding.key}: ${word}. ${meaning}`;
    return [at("/splits/$env/$key", { environment, key: binding.split }, how, text)];
  });
  return [...health, ...rollouts, ...routers, ...back];
}

function at(
  to: Concern["to"],
  { environment, key }: { readonly environment: string; readonly key: string },
  tone: Tone,
  text: string,
): Concern {
  return { tone, text, to, env: environment, key };
}

function toneOf({ phase, verdict }: RolloutLine): Tone {
  return phase === "rolling-back" || verdict.kind === "unhealthy" ? "bad" : "warn";
}

/** Rollouts that were rolled back within a day, whoever asked for it. */
export function wentBack(ended: readonly RolloutLine[], now: number): readonly RolloutLine[] {
  return ended.filter(
    ({ phase, endedAt }) =>
      phase === "rolled-back" && endedAt !== null && now - Date.parse(endedAt) <= DAY_MS,
  );
}

/** Why it went back, as the deployment has it, or else in its own summary. */
export function causeOf({ deployment, summary }: RolloutLine): string {
  return deployment.rollback?.cause ?? summary;
}

/** `All is well`, or how many things are not. */
export function pulse(found: readonly Concern[]): { readonly title: string; readonly tone: Tone } {
  if (!found.length) return { title: "All is well", tone: "ok" };
  const bad = found.some(({ tone }) => tone === "bad");
  return { title: `${count(found.length, "thing")} to look at`, tone: bad ? "bad" : "warn" };
}

/** Those that need somebody first, then by the time of their last move. */
export function urgentFirst(lines: readonly RolloutLine[]): readonly RolloutLine[] {
  return [...lines].sort(
    (a, b) => Number(b.attention) - Number(a.attention) || (b.since ?? "").localeCompare(a.since ?? ""),
  );
}

/** What runs, and who holds it, in a sentence. */
export function summary(active: readonly RolloutLine[], deliveries: readonly Delivery[]): string {
  const running = active.length ? `${count(active.length, "rollout")} under way` : "No rollout under way";
  const clients = deliveries.reduce((sum, each) => sum + each.clients, 0);
  const current = deliveries.reduce((sum, each) => sum + each.current, 0);
  if (!clients) return `${running}; no client has reported within three minutes.`;
  return `${running}; ${current === clients ? "all" : `${String(current)} of`} ${count(clients, "client")} at the present revision.`;
}

/** One deed of somebody: the entries of the audit trail that one request made. */
export interface Deed {
  readonly id: string;
  readonly at: string;
  readonly who: string;
  readonly reason: string;
  readonly flags: readonly string[];
  readonly environments: readonly string[];
  readonly verb: string;
  /** The entry that shows what changed: one of an environment; null where only definitions did. */
  readonly shown: { readonly environment: string; readonly revision: number } | null;
}

const VERBS: Readonly<Record<string, string>> = {
  create: "created",
  edit: "edited",
  archive: "archived",
  restore: "restored",
};

/** Entries of the audit trail as deeds: what one request wrote in many environments is one. */
export function deeds(changes: readonly Change[]): readonly Deed[] {
  const byRequest = new Map<string, Change[]>();
  for (const change of changes) {
    const id = change.actor.requestId ? `${change.actor.requestId} ${change.action}` : change.id;
    byRequest.set(id, [...(byRequest.get(id) ?? []), change]);
  }
  return [...byRequest].map(([id, entries]) => deedOf(id, entries));
}

function deedOf(id: string, entries: readonly Change[]): Deed {
  const first = entries[0] as Change;
  const edits = entries.flatMap((entry) => entry.edits.filter(({ kind }) => kind === "flag"));
  const places = entries.filter(({ environment }) => environment !== CATALOG);
  const place = places[0];
  return {
    id,
    at: first.at,
    who: first.actor.kind === "system" ? "the service" : first.actor.name,
    reason: first.reason,
    flags: [...new Set(edits.map(({ key }) => key))],
    environments: [...new Set(places.map(({ environment }) => environment))],
    verb: VERBS[edits[0]?.action ?? ""] ?? "changed",
    shown: place ? { environment: place.environment, revision: place.revision } : null,
  };
}

const LINES = 2;

/** What a change did to a flag, in a sentence: `Default: on 50 % / off 50 % → on 80 % / off 20 %`. */
export function inWords(change: ChangeInFull, flag: string): string {
  const edit = change.edits.find(({ kind, key }) => kind === "flag" && key === flag);
  if (!edit?.before || !edit.after || edit.action !== "edit") return "";
  const lines = difference(edit.before, edit.after);
  const said = lines.map(
    ({ label, before, after }) => `${label}: ${before ?? "not set"} → ${after ?? "gone"}`,
  );
  return list(said, "and", LINES).replaceAll(" and 1 more", " and 1 more change");
}
