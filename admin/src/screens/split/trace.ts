import { percent } from "@/text/weights";

/** One step of an explanation, as the service tells it. */
export interface Step {
  readonly step: string;
  readonly outcome?: string;
  readonly id?: string | null;
  readonly index?: number;
  readonly unit?: string | null;
  readonly by?: string;
  readonly bucket?: number | null;
  readonly space?: number;
  readonly range?: readonly [number, number] | null;
  readonly variant?: string | null;
}

export interface Decision {
  readonly variant: string | null;
  readonly reason: string;
  readonly rule: string | null;
  readonly bucket: number | null;
  readonly detail: string | null;
}

const REASONS: Readonly<Record<string, string>> = {
  DISABLED: "the split is off, so everybody gets the stable one",
  TARGETING_MATCH: "it is listed, or a rule takes it",
  SPLIT: "by its bucket",
  STATIC: "everybody gets it",
  DEFAULT: "nothing else took it",
  ERROR: "it could not be decided",
};

/** Why, in a few words. */
export function because({ reason, rule, detail }: Decision): string {
  if (detail) return detail;
  if (rule && reason === "SPLIT") return `rule ${rule} takes it, and by its bucket`;
  if (rule) return `rule ${rule} takes it`;
  return REASONS[reason] ?? reason.toLowerCase();
}

/** Where its bucket lies: `Bucket 32,939 of 100,000 lies in 0…99,999 (100 %).`; empty where no bucket decided. */
export function placed(
  steps: readonly Step[],
): { readonly sentence: string; readonly at: number; readonly space: number } | null {
  const step = steps.findLast(({ step: kind, bucket }) => kind === "split" && typeof bucket === "number");
  if (typeof step?.bucket !== "number") return null;
  const { bucket, space = 100_000, range } = step;
  const number = (value: number) => value.toLocaleString("en-GB");
  const width = range ? percent(Math.round(((range[1] - range[0]) * 100_000) / space)) : "";
  const place = range ? `lies in ${number(range[0])}…${number(range[1] - 1)} (${width})` : "lies in no range";
  return { sentence: `Bucket ${number(bucket)} of ${number(space)} ${place}.`, at: bucket, space };
}
