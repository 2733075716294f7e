import type { Schemas } from "@/api/client";

/** Only these members are certain: what has its default may be left out, in what is stored as in what is sent. */
type Sparse<T, K extends keyof Named<T>> = Readonly<Pick<Named<T>, K> & Partial<Omit<Named<T>, K>>>;

/** Without the index signature of answers that may grow. */
type Named<T> = { [K in keyof T as string extends K ? never : K]: T[K] };

export type PlanCheck = Sparse<Schemas["PlanCheck"], "url">;
export type PlanHook = Sparse<Schemas["PlanHook"], "url">;
export type PlanTarget = Sparse<Schemas["PlanTarget"], "name" | "kind" | "key" | "candidate" | "baseline">;
export type PlanMetric = Sparse<Schemas["PlanMetric"], "name" | "kind" | "source">;

export interface PlanGate extends Sparse<
  Omit<Named<Schemas["PlanGate"]>, "checks" | "hook">,
  "name" | "kind"
> {
  readonly checks?: readonly PlanCheck[];
  readonly hook?: PlanHook | null;
}

export interface PlanStep {
  readonly name?: string | null;
  readonly weights?: Readonly<Record<string, number | Readonly<Record<string, number>>>>;
  readonly hold?: string;
  readonly gates?: readonly PlanGate[];
  readonly hook?: PlanHook | null;
  readonly undo?: PlanHook | null;
  readonly say?: string;
}

export interface PlanAnalysis extends Partial<Omit<Named<Schemas["PlanAnalysis"]>, "metrics">> {
  readonly metrics: readonly PlanMetric[];
}

type Whole = Named<Schemas["PlanMembers"]>;

/** A plan: what it moves, in which steps, what it waits for, how the candidate is judged. */
export interface Plan extends Partial<
  Omit<Whole, "strategy" | "targets" | "steps" | "before" | "after" | "analysis">
> {
  readonly strategy: Whole["strategy"];
  readonly targets: readonly PlanTarget[];
  readonly before?: readonly PlanGate[];
  readonly steps: readonly PlanStep[];
  readonly after?: readonly PlanGate[];
  readonly analysis?: PlanAnalysis | null;
}
