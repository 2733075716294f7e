import type { Schemas } from "@/api/client";
import type { Changed } from "@/live/events";

export const KINDS = [
  "flag",
  "segment",
  "split",
  "binding",
  "plan",
  "rollout",
  "freeze",
  "environment",
  "token",
] as const;
export type Kind = (typeof KINDS)[number];

/** What the address of the screen holds. */
export interface Filters {
  readonly env?: string;
  readonly actor?: string;
  readonly since?: string;
  readonly until?: string;
  readonly kind?: string;
  readonly key?: string;
  readonly action?: string;
}

/** The same as the API takes it; what is no kind or no time is dropped. */
export function asked({ env, actor, since, until, kind, key, action }: Filters) {
  return {
    environment: env,
    actor,
    since: instant(since),
    until: instant(until),
    kind: KINDS.find((each) => each === kind),
    key,
    action,
  };
}

/** How many filters are set. */
export function amount(filters: Filters): number {
  return Object.values(asked(filters)).filter(Boolean).length;
}

/** Whether a change that has just been made belongs to what is shown. */
export function concerned(filters: Filters): (change: Changed) => boolean {
  const { environment, actor, since, until, kind, key, action } = asked(filters);
  return (change) =>
    (!environment || change.environment === environment) &&
    (!actor || change.actor.name === actor) &&
    (!since || Date.parse(change.at) >= Date.parse(since)) &&
    (!until || Date.parse(change.at) <= Date.parse(until)) &&
    (!action || change.action.startsWith(action)) &&
    ((!kind && !key) ||
      change.documents.some(
        (document) => (!kind || document.kind === kind) && (!key || document.key === key),
      ));
}

/** What is said of the chain of an environment. */
export function chainSaid({ ok, revision, firstBroken, detail }: Schemas["VerifiedEnvironment"]): string {
  if (ok) return `all ${String(revision)} ${revision === 1 ? "change stands" : "changes stand"} as written`;
  return `broken at revision ${String(firstBroken ?? "unknown")}: ${detail ?? "not as it was written"}`;
}

function instant(text: string | undefined): string | undefined {
  return text && !Number.isNaN(Date.parse(text)) ? text : undefined;
}
