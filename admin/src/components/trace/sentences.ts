import { list, number } from "@/text/numbers";
import { operatorOf } from "@/text/operators";
import { value } from "@/text/words";

import {
  stepOf,
  type AttributeTrace,
  type BucketTrace,
  type ConditionTrace,
  type Membership,
  type RuleStep,
  type SegmentTrace,
  type SplitStep,
  type Step,
  type Trace,
} from "./trace";

/** Why somebody gets what they get, in one sentence. `who` is a unit, or words for one that has no key. */
export function sentence(trace: Trace, who: string, place: string): string {
  const { decision, key } = trace;
  if (decision.variant === null) return `${who} gets nothing from ${key} in ${place}: ${missing(trace)}.`;
  return `${who} gets ${decision.variant} from ${key} in ${place}: ${reason(trace)}.`;
}

function missing({ decision }: Trace): string {
  return decision.error === "FLAG_NOT_FOUND"
    ? "there is no such flag, so the application's own default counts"
    : bare(decision.detail ?? "it cannot be evaluated");
}

function reason(trace: Trace): string {
  const { decision } = trace;
  if (decision.error) return `${bare(decision.detail ?? decision.error)}, so the off variant counts`;
  if (decision.reason === "DISABLED") return `${noun(trace)} is off, so everybody gets the off variant`;
  const target = stepOf(trace, "target");
  if (target?.outcome === "true")
    return `${target.by} ${target.unit ?? ""} is listed for ${target.variant}, before any rule`;
  const unmet = stepOf(trace, "prerequisite");
  if (decision.prerequisite && unmet) return `${prerequisite(unmet)}, so the off variant counts`;
  const rule = stepOf(trace, "rule");
  if (rule?.outcome === "true") return `${ruleName(rule)} matched, as ${why(rule)}${split(trace)}`;
  return `${fallback(trace)}${split(trace)}`;
}

function fallback(trace: Trace): string {
  const before = stepOf(trace, "rule") ? "no rule matched" : "nothing comes before the default";
  if (stepOf(trace, "split")) return before;
  return stepOf(trace, "rule")
    ? `${before}, and the default serves it`
    : "the default serves it to everybody";
}

function noun({ kind }: Trace): string {
  return kind === "flag" ? "the flag" : "the traffic split";
}

function split(trace: Trace): string {
  const drawn = stepOf(trace, "split");
  const whose = trace.decision.rule === null ? "the default" : "its";
  return drawn && drawn.bucket !== null ? `, and in ${whose} split ${place(drawn)}` : "";
}

/** `bucket 5,666 lies in on's range 0…25,000`. */
export function place({ bucket, range, variant }: SplitStep): string {
  const [start = 0, end = 0] = range ?? [];
  return `bucket ${number(bucket ?? 0)} lies in ${variant ?? "its"}'s range ${number(start)}…${number(end)}`;
}

/** `rule 2 (dach)`: as people count. */
export function ruleName({ index, rule }: Pick<RuleStep, "index" | "rule">): string {
  return `rule ${String(index + 1)} (${rule})`;
}

/** What a prerequisite served, beside what was asked of it. */
export function prerequisite(step: Extract<Step, { step: "prerequisite" }>): string {
  const served = step.decision.variant ?? "nothing";
  const off = step.decision.reason === "DISABLED" ? ", as it is off" : "";
  const wanted = list(step.variants, "or");
  return step.outcome === "true"
    ? `prerequisite ${step.flag} serves ${served}, one of those asked for (${wanted})`
    : `prerequisite ${step.flag} serves ${served}${off}, where ${wanted} is asked for`;
}

function why(rule: RuleStep): string {
  return rule.when ? (holds(rule.when) ?? "its condition is true for everybody") : "it is true for everybody";
}

/** What made a true condition true: all parts of an AND, the true part of an OR; null where nothing was asked. */
function holds(of: ConditionTrace): string | null {
  if ("all" in of) return joined(of.all);
  if ("any" in of) return joined(of.any.filter(({ outcome }) => outcome === "true").slice(0, 1));
  if ("not" in of) return `it is not so that ${spoken(of.not)}`;
  return spoken(of);
}

function joined(parts: readonly ConditionTrace[]): string | null {
  const said = parts.map(holds).filter((part) => part !== null);
  return said.length ? list(said) : null;
}

function spoken(of: ConditionTrace): string {
  if ("all" in of) return list(of.all.map(spoken)) || "everybody is meant";
  if ("any" in of) return list(of.any.map(spoken), "or") || "nobody is meant";
  if ("not" in of) return `not (${spoken(of.not)})`;
  if ("attribute" in of) return attribute(of);
  if ("segment" in of) return segment(of);
  if ("ranges" in of) return bucket(of);
  return `“${of.unsupported}” is not understood`;
}

/** `country DE is one of AT or DE`. */
export function attribute(of: AttributeTrace): string {
  const left = of.left === null ? "" : ` ${shown(of.left)}`;
  const { operand } = operatorOf(of.operator);
  const right = operand === "none" ? "" : ` ${list(rightOf(of), "or", 8)}`;
  return `${of.attribute}${left} ${operatorWords(of)}${right}`;
}

/** The operator as a person reads it, negation and case included. */
export function operatorWords(of: Pick<AttributeTrace, "operator" | "negate" | "ignoreCase">): string {
  const { words, negated } = operatorOf(of.operator);
  return `${of.negate ? negated : words}${of.ignoreCase ? " (any case)" : ""}`;
}

/** What it was compared with; says so where only the first ones are known. */
export function rightOf({
  right,
  rightCount,
}: Pick<AttributeTrace, "right" | "rightCount">): readonly string[] {
  const rest = (rightCount ?? right.length) - right.length;
  return rest > 0 ? [...right.map(shown), `${number(rest)} more`] : right.map(shown);
}

/** A value as it was compared: a text that could be taken for something else stands in quotes. */
export function shown(of: unknown): string {
  const looksOther = typeof of === "string" && /^(|true|false|null|-?\d.*|[[{"].*|\s.*|.*\s)$/s.test(of);
  return looksOther ? JSON.stringify(of) : value(of);
}

const LISTED = {
  included: "is included by name",
  excluded: "is excluded by name",
  no: "is in none of its lists",
} as const;

/** `user-42 is included by name in segment beta`. */
export function segment(of: SegmentTrace): string {
  const unit = of.unit ?? "nobody";
  const member = of.outcome === "unknown" ? null : (of.outcome === "true") !== of.negate;
  const words = member === null ? "may be" : member ? "is" : "is not";
  const how = of.listed === "no" ? "" : `, where it ${LISTED[of.listed]}`;
  return `${unit} ${words} in segment ${of.segment}${how}`;
}

/** Whether somebody is in a segment, and why, in one sentence. `who` is a unit, or words for one that has no key. */
export function belonging(found: Membership, who: string, key: string): string {
  const { trace, faults } = found;
  if (!trace) return `${who} does not count as in ${key}: no rule can use it, as ${bare(list(faults))}.`;
  if (trace.listed !== "no")
    return `${who} is ${found.matched ? "" : "not "}in ${key}: ${trace.listed} by name.`;
  if (trace.outcome === "unknown")
    return trace.when
      ? `${who} does not count as in ${key}: something that its condition asks for is not given.`
      : `${who} does not count as in ${key}: ${trace.by} is not given.`;
  if (!trace.when) return `${who} is not in ${key}: none of its lists names it, and it has no condition.`;
  const why = holds(trace.when) ?? "its condition is true for everybody";
  return found.matched ? `${who} is in ${key}: ${why}.` : `${who} is not in ${key}: its condition is false.`;
}

/** Where a unit was looked for in a segment, and what came of it. */
export function lookedUp(of: SegmentTrace): string {
  if (of.unit === null) return `${of.by} is missing`;
  return of.listed === "no" && of.when
    ? `${of.by} ${of.unit} ${LISTED.no}; its condition decides`
    : `${of.by} ${of.unit} ${LISTED[of.listed]}`;
}

/** `bucket 12 lies in 0…50`. */
export function bucket(of: BucketTrace): string {
  if (of.bucket === null) return `${of.by} is missing, so there is no bucket`;
  const ranges = list(
    of.ranges.map(([start = 0, end = 0]) => `${number(start)}…${number(end)}`),
    "or",
  );
  const inside = of.ranges.some(
    ([start = 0, end = 0]) => start <= (of.bucket ?? -1) && (of.bucket ?? -1) < end,
  );
  return `bucket ${number(of.bucket)} ${inside ? "lies in" : "lies outside"} ${ranges}`;
}

/** A sentence's end without its full stop and with a small letter, to stand inside another. */
function bare(detail: string): string {
  const text = detail.trim().replace(/\.$/, "");
  return /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}
