import type { Schemas } from "@/api/client";
import { moveWords } from "@/components/plan/plan-words";
import { placeOf, type Place } from "@/components/plan/places";
import type { Plan, PlanTarget } from "@/components/plan/types";
import { rolloutBody } from "@/components/rollout/begin";
import { list } from "@/text/numbers";
import { percent } from "@/text/weights";

import { USUAL, type Facts, type How } from "./facts";

/** A rollout that is being put together. */
export interface Begun {
  readonly key: string;
  readonly target: PlanTarget;
  readonly version: string;
  readonly commit: string;
  readonly deployer: string;
  readonly url: string;
  readonly how: How;
  readonly facts: Facts;
  readonly planKey: string;
  readonly own: Plan | null;
  /** As a `datetime-local` field has it; empty: at once. */
  readonly startAt: string;
  readonly override: string;
}

export const NOTHING: Begun = {
  key: "",
  target: { name: "edge", kind: "split", key: "", candidate: "", baseline: "" },
  version: "",
  commit: "",
  deployer: "",
  url: "",
  how: "strategy",
  facts: USUAL,
  planKey: "",
  own: null,
  startAt: "",
  override: "",
};

/** The body that begins it with this plan; a saved one is named by its key, so that the rollout remembers it. */
export function bodyOf(begun: Begun, plan: Plan | null): Schemas["RolloutCreate"] {
  const { version, commit, deployer, url } = begun;
  const given = Object.entries({ version, commit, deployer, url }).filter(([, text]) => text !== "");
  return rolloutBody({
    key: begun.key || null,
    ...(begun.how === "saved"
      ? { planKey: begun.planKey }
      : { plan: plan as unknown as Record<string, unknown> }),
    deployment: given.length ? (Object.fromEntries(given) as Schemas["RolloutCreate"]["deployment"]) : null,
    startAt: begun.startAt ? new Date(begun.startAt).toISOString() : null,
    override: begun.override.trim() ? { reason: begun.override.trim() } : null,
  });
}

/** Who moves at the first step that moves anybody, in words. */
export function firstMove(plan: Plan, places: readonly Place[]): string {
  const index = plan.steps.findIndex((step) => Object.keys(step.weights ?? {}).length > 0);
  const step = plan.steps[index];
  if (!step) return "No step moves anybody.";
  const now = plan.targets.flatMap((target) => {
    const weights = target.rule ? undefined : placeOf(places, target.kind, target.key)?.weights;
    return weights
      ? [`${target.candidate} of ${target.key} has ${percent(weights[target.candidate] ?? 0)} now`]
      : [];
  });
  const known = now.length ? ` (${list(now)})` : "";
  return `Step ${String(index + 1)} is the first that moves anybody: ${moveWords(step, plan.targets)}${known}. Units that the candidate has already keep it.`;
}
