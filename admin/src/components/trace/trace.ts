import type { Schemas } from "@/api/client";

export type Trace = Schemas["Trace"];
export type Decision = Schemas["Decision"];
export type Step = Schemas["TraceStep"];

/** Only the members that have names: a type that knows every name cannot be told from another by one. */
type Known<T> = { [K in keyof T as string extends K ? never : K]: T[K] };

export type AttributeTrace = Known<Schemas["AttributeTrace"]>;
export type SegmentTrace = Omit<Known<Schemas["SegmentTrace"]>, "when"> & {
  readonly when?: ConditionTrace | null;
};
export type BucketTrace = Known<Schemas["BucketTrace"]>;
type Came = { readonly outcome: "true" | "false" | "unknown" };

/** A condition with everything that was compared. */
export type ConditionTrace =
  | (Came & { readonly all: readonly ConditionTrace[] })
  | (Came & { readonly any: readonly ConditionTrace[] })
  | (Came & { readonly not: ConditionTrace })
  | AttributeTrace
  | SegmentTrace
  | BucketTrace
  | (Came & { readonly unsupported: string });

/** Whether somebody is in a segment; without a trace faults decided. */
export interface Membership {
  readonly matched: boolean;
  readonly trace: SegmentTrace | null;
  readonly faults: readonly string[];
}

export type SplitStep = Schemas["SplitStep"];
export type RuleStep = Schemas["RuleStep"];
export type Outcome = "true" | "false" | "unknown" | "unsupported";

/** The last step of a kind; a trace ends where it is decided. */
export function stepOf<S extends Step["step"]>(
  { steps }: Pick<Trace, "steps">,
  step: S,
): Extract<Step, { step: S }> | undefined {
  return steps.findLast((each): each is Extract<Step, { step: S }> => each.step === step);
}
