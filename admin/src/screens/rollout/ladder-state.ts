import type { Schemas } from "@/api/client";
import { percent } from "@/text/weights";
import { duration } from "@/text/times";

type Status = Schemas["RolloutStatus"];
type Step = Schemas["StepStatus"];

/** What one rung says. */
export interface Rung {
  readonly number: number;
  readonly name: string;
  readonly state: "done" | "current" | "next" | "stopped" | "left";
  /** `canary 25 %`, one for each target. */
  readonly moves: readonly string[];
  readonly hold: string;
}

const ENDS = { done: "done", current: "stopped", next: "left" } as const;

/** The steps of a rollout from first to last. One that ended before its last step has left the rest undone. */
export function rungs(status: Status): readonly Rung[] {
  const over = status.phase === "rolled-back" || status.phase === "aborted";
  return status.steps.map((step) => ({
    number: step.number,
    name: step.name,
    state: over ? ENDS[step.state] : step.state,
    moves: movesOf(step, status),
    hold: step.holdSeconds ? `holds ${duration(step.holdSeconds)}` : "",
  }));
}

function movesOf(step: Step, status: Status): readonly string[] {
  return status.targets.flatMap((target) => {
    const weight = candidateWeight(step.weights[target.name], target.candidate);
    if (weight === null) return [];
    const several = status.targets.length > 1;
    return [`${several ? `${target.key}: ` : ""}${target.candidate} ${percent(weight)}`];
  });
}

/** What a step wants for the candidate: a weight, or one among all weights of the place; null: as it is. */
export function candidateWeight(wanted: unknown, candidate: string): number | null {
  if (typeof wanted === "number") return wanted;
  if (typeof wanted !== "object" || wanted === null) return null;
  const own = (wanted as Readonly<Record<string, unknown>>)[candidate];
  return typeof own === "number" ? own : 0;
}

/** What a target is wanted to have now: by the step under way or the last one before it that moved it. */
export function wantedNow(status: Status, target: Schemas["RolloutTarget"]): number | null {
  if (status.step === null || status.phase === "rolling-back" || status.endedAt) return null;
  const told = status.steps
    .slice(0, status.step)
    .map((step) => candidateWeight(step.weights[target.name], target.candidate))
    .filter((weight) => weight !== null);
  return told.at(-1) ?? null;
}

const STANDING: Readonly<Record<string, string>> = {
  idle: "not moved yet",
  placed: "told, not read back yet",
  applied: "told and read back",
  restored: "put back, not read back yet",
  back: "put back and read back",
};

export function standingWords(standing: string): string {
  return STANDING[standing] ?? standing;
}

/** How far the hold is, from 0 to 1; null where nothing holds. */
export function holdPart(status: Status, now: number): number | null {
  const step = status.steps.find(({ state }) => state === "current");
  if (!step?.holdSeconds || !status.holdEndsAt) return null;
  const left = (new Date(status.holdEndsAt).getTime() - now) / 1000;
  return Math.min(1, Math.max(0, 1 - left / step.holdSeconds));
}

/** What one step changes against what is in force now, in words: for the review of a promotion. */
export function stepWords(status: Status, number: number): string {
  const step = status.steps[number - 1];
  if (!step) return "";
  const parts = status.targets.flatMap((target) => {
    const weight = candidateWeight(step.weights[target.name], target.candidate);
    if (weight === null) return [];
    const now = target.weight === null ? "" : ` instead of ${percent(target.weight)}`;
    return [`${target.candidate} of ${target.kind} ${target.key} gets ${percent(weight)}${now}`];
  });
  return `Step ${String(number)} (${step.name}) begins${parts.length ? `: ${parts.join("; ")}` : ""}.`;
}
