import type { Plan, PlanAnalysis, PlanGate, PlanMetric, PlanStep, PlanTarget } from "./types";

/** A list with this item elsewhere; a place that is not there changes nothing. */
export function movedItem<T>(list: readonly T[], from: number, to: number): readonly T[] {
  const item = list[from];
  if (item === undefined || to < 0 || to >= list.length) return list;
  const rest = list.filter((_, index) => index !== from);
  return [...rest.slice(0, to), item, ...rest.slice(to)];
}

/** A list with one item changed; whatever else it holds stays. */
export function changedItem<T>(list: readonly T[], index: number, part: Partial<T>): readonly T[] {
  return list.map((item, i) => (i === index ? { ...item, ...part } : item));
}

export function withoutItem<T>(list: readonly T[], index: number): readonly T[] {
  return list.filter((_, i) => i !== index);
}

export function withSteps(plan: Plan, steps: readonly PlanStep[]): Plan {
  return { ...plan, steps };
}

/** A further step at the end: it moves what the last one moves, half way from there to everybody. */
export function grown(plan: Plan): Plan {
  const last = plan.steps.at(-1);
  const weights = Object.fromEntries(
    plan.targets.map(({ name }) => {
      const before = last?.weights?.[name];
      const weight = typeof before === "number" ? before : 0;
      return [name, Math.min(100_000, weight + Math.ceil((100_000 - weight) / 2 / 1000) * 1000)];
    }),
  );
  return withSteps(plan, [...plan.steps, { weights, hold: last?.hold ?? "15m" }]);
}

/** Puts the weight of a target's candidate into a step; null: the step leaves the target as it is. */
export function weighed(step: PlanStep, target: string, weight: number | null): PlanStep {
  const others = Object.entries(step.weights ?? {}).filter(([name]) => name !== target);
  return { ...step, weights: Object.fromEntries(weight === null ? others : [...others, [target, weight]]) };
}

/** A target under a new name keeps its weights in every step. */
export function renamed(plan: Plan, index: number, name: string): Plan {
  const before = plan.targets[index]?.name;
  if (before === undefined || before === name) return plan;
  const steps = plan.steps.map((step) => ({
    ...step,
    ...(step.weights && {
      weights: Object.fromEntries(
        Object.entries(step.weights).map(([key, weight]) => [key === before ? name : key, weight]),
      ),
    }),
  }));
  return { ...plan, targets: changedItem(plan.targets, index, { name }), steps };
}

/** Without a target, and without its weights in every step. */
export function withoutTarget(plan: Plan, index: number): Plan {
  const name = plan.targets[index]?.name ?? "";
  return {
    ...plan,
    targets: withoutItem(plan.targets, index),
    steps: plan.steps.map((step) => (step.weights ? weighed(step, name, null) : step)),
  };
}

/** A name that nothing in the list has yet: `edge`, `edge-2`, … */
export function freeName(list: readonly { readonly name: string }[], wanted: string): string {
  const taken = new Set(list.map(({ name }) => name));
  if (!taken.has(wanted)) return wanted;
  let number = 2;
  while (taken.has(`${wanted}-${String(number)}`)) number += 1;
  return `${wanted}-${String(number)}`;
}

export function newTarget(plan: Plan, part: Omit<PlanTarget, "name">): PlanTarget {
  return { name: freeName(plan.targets, part.kind === "split" ? "edge" : "code"), ...part };
}

/** A gate of this kind, with what its kind cannot be without. */
export function newGate(list: readonly PlanGate[], kind: PlanGate["kind"]): PlanGate {
  const gate = { name: freeName(list, kind), kind };
  if (kind === "smoke") return { ...gate, checks: [{ url: "https://" }] };
  return kind === "webhook" ? { ...gate, hook: { url: "https://" } } : gate;
}

export function newMetric(list: readonly PlanMetric[], kind: PlanMetric["kind"]): PlanMetric {
  return { name: freeName(list, kind), kind, source: "own", ...(kind === "value" && { maximum: 1 }) };
}

/** The analysis with these metrics; none without any, since there is nothing to judge by. */
export function judgedBy(plan: Plan, metrics: readonly PlanMetric[]): Plan {
  if (!metrics.length) return { ...plan, analysis: null };
  const analysis: PlanAnalysis = { ...plan.analysis, metrics };
  return { ...plan, analysis };
}

/** A plan to begin with: two steps for one place. */
export function blankPlan(target: PlanTarget): Plan {
  return {
    strategy: "canary",
    targets: [target],
    steps: [
      { name: "10 %", weights: { [target.name]: 10_000 }, hold: "15m" },
      { name: "100 %", weights: { [target.name]: 100_000 }, hold: "15m" },
    ],
  };
}

/** What a text of JSON says, if it is a plan at least in its outline; else why it is none. */
export function parsedPlan(text: string): { readonly plan?: Plan; readonly fault?: string } {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch (error) {
    return { fault: error instanceof Error ? error.message : "This is no JSON." };
  }
  if (typeof found !== "object" || found === null || Array.isArray(found))
    return { fault: "A plan is an object." };
  const members = found as Readonly<Record<string, unknown>>;
  const missing = ["targets", "steps"].find((name) => !Array.isArray(members[name]));
  if (missing) return { fault: `“${missing}” has to be a list.` };
  return { plan: found as Plan };
}
