import { list } from "@/text/numbers";
import { percent, sum, WHOLE, type Weights } from "@/text/weights";
import { weights as weightsInWords } from "@/text/words";

import type { PlanGate, PlanMetric, PlanStep, PlanTarget } from "./types";

const GATES: Readonly<Record<PlanGate["kind"], string>> = {
  approval: "approval",
  checklist: "checklist item",
  smoke: "smoke test",
  webhook: "webhook",
  analysis: "healthy verdict",
  share: "share that arrives",
};

export function gateKind(kind: PlanGate["kind"]): string {
  return GATES[kind];
}

/** `approval “Somebody has looked”`. */
export function gateWords({ kind, title, name }: PlanGate): string {
  return `${GATES[kind]} “${title || name}”`;
}

/** `edge 5 %`, `pool web-1 0 % / web-2 100 %`; `nothing moves` without weights. */
export function moveWords(step: PlanStep, targets: readonly PlanTarget[]): string {
  const parts = Object.entries(step.weights ?? {}).map(([name, weight]) => {
    const target = targets.find((each) => each.name === name);
    if (typeof weight === "number") return `${target?.candidate ?? name} ${percent(weight)}`;
    return `${target?.key ?? name}: ${weightsInWords(weight)}`;
  });
  return list(parts) || "nothing moves";
}

/** `canary of traffic split checkout against stable`. */
export function targetWords({ kind, key, rule, candidate, baseline }: PlanTarget): string {
  const place = `${kind === "flag" ? "flag" : "traffic split"} ${key}${rule ? `, rule ${rule}` : ""}`;
  return `${candidate} of ${place}, against ${baseline}`;
}

/** What happens besides the weights in a step: its hold, its gates, its hooks. */
export function waitWords(step: PlanStep): string {
  const hold = step.hold && step.hold !== "0s" ? [`holds ${step.hold}`] : [];
  const gates = (step.gates ?? []).map(gateWords);
  const hook = step.hook ? ["calls its hook"] : [];
  const undo = step.undo ? ["has an undo hook"] : [];
  return list([...hook, ...hold, ...gates, ...undo]) || "goes on at once";
}

/** Whether all weights of a place add up. */
export function isWhole(weights: Weights): boolean {
  return sum(weights) === WHOLE;
}

const GUARDS: Readonly<Record<string, string>> = { errors: "2", latency: "1.5", mean: "0.05", ratio: "0.05" };

/** How a metric is judged, in a few words. */
export function boundWords(metric: PlanMetric): string {
  const { kind, guard } = metric;
  if (kind === "value") return limitWords(metric) || "no bounds";
  const size = typeof guard === "number" ? String(guard) : (GUARDS[kind] ?? "");
  return kind === "mean" || kind === "ratio"
    ? `guard: a change of ${size}`
    : `guard: ${size} times${kind === "latency" ? `, ${slowWords(metric)}` : ""}`;
}

/** `at least 3 and at most 5`; empty without limits. */
export function limitWords({ minimum, maximum }: PlanMetric): string {
  const least = typeof minimum === "number" ? [`at least ${String(minimum)}`] : [];
  const most = typeof maximum === "number" ? [`at most ${String(maximum)}`] : [];
  return list([...least, ...most]);
}

function slowWords({ bound }: PlanMetric): string {
  return bound && bound !== "0s" ? `slow is over ${bound}` : "what is slow is fixed at the start";
}
