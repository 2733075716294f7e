import { operatorOf } from "@/text/operators";
import type { Condition } from "@/text/words";

import { parts, pointerOf, type Path } from "./tree";
import { faultOf, most } from "./values";
import type { Faults } from "./faults";

export type Comparison = Extract<Condition, { attribute: string }>;
export type InSegment = Extract<Condition, { segment: string }>;
export type InBucket = Extract<Condition, { bucket: unknown }>;

/** A comparison that nobody has filled in yet. */
export const comparison = () => ({ attribute: "", op: "in", values: [] }) as unknown as Condition;
/** Membership of a segment that nobody has chosen yet. */
export const inSegment = () => ({ segment: "" }) as unknown as Condition;

/** The comparison with another operator; values stay as typed, what has no effect with it goes. */
export function withOperator(of: Comparison, op: string, negate: boolean): Comparison {
  const operator = operatorOf(op);
  const { attribute, values = [], ignoreCase } = of;
  return {
    attribute,
    op,
    ...(operator.operand === "none" ? {} : { values }),
    ...(negate ? { negate } : {}),
    ...(ignoreCase && operator.foldsCase ? { ignoreCase } : {}),
  } as Comparison;
}

/** The condition as it can be read while it is made: a gap for whatever is not filled in yet. */
export function spoken(of: Condition): Condition {
  if ("all" in of) return { all: of.all.map(spoken) };
  if ("any" in of) return { any: of.any.map(spoken) };
  if ("not" in of) return { not: spoken(of.not) };
  if ("segment" in of) return { ...of, segment: of.segment || GAP };
  if (!("attribute" in of)) return of;
  return { ...of, attribute: of.attribute.trim() || GAP, values: of.values?.length ? of.values : [GAP] };
}

const GAP = "…";

/** What is missing or cannot be used, known before the service is asked; pointers as the service would write them. */
export function unfinished(root: Condition): Faults {
  return walk(root, root, []);
}

function walk(root: Condition, of: Condition, path: Path): Faults {
  const here = pointerOf(root, path);
  if ("attribute" in of) return ofComparison(of, here);
  if ("segment" in of) return of.segment ? [] : [fault(`${here}/segment`, "Choose a segment.")];
  return parts(of).flatMap((part, i) => walk(root, part, [...path, i]));
}

function ofComparison(of: Comparison, here: string): Faults {
  const operator = operatorOf(of.op);
  const values = of.values ?? [];
  const name = of.attribute.trim() ? [] : [fault(`${here}/attribute`, "Name the attribute.")];
  if (operator.operand === "none") return name;
  const none = values.length ? [] : [fault(`${here}/values`, "Add at least one value.")];
  const many =
    values.length > most(operator.operand)
      ? [fault(`${here}/values`, `There may be ${String(most(operator.operand))} values at most.`)]
      : [];
  const wrong = values.flatMap((value, i) => {
    const why = faultOf(value, operator);
    return why ? [fault(`${here}/values/${String(i)}`, `${why}.`)] : [];
  });
  return [...name, ...none, ...many, ...wrong];
}

function fault(pointer: string, detail: string) {
  return { pointer, code: "unfinished", detail };
}
