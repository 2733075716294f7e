import type { components } from "@/api/schema";
import { count, list } from "./numbers";
import { operatorOf } from "./operators";
import { percent, WHOLE } from "./weights";

type Schemas = components["schemas"];
export type Condition = Schemas["Condition"];
export type Serve = Schemas["Serve"];
export type Rule = Schemas["Rule"];

/** One value as people write it: texts bare, everything else as JSON. */
export function value(of: unknown): string {
  return typeof of === "string" ? of : JSON.stringify(of);
}

/** `country is one of DE, AT`; AND and OR are written out, groups in brackets. */
export function condition(of: Condition, nested = false): string {
  if ("all" in of) return group(of.all, "AND", "everybody", nested);
  if ("any" in of) return group(of.any, "OR", "nobody", nested);
  if ("not" in of) return `NOT (${condition(of.not)})`;
  if ("segment" in of) return `${of.negate ? "not in" : "in"} segment ${of.segment}`;
  if ("bucket" in of) return bucket(of);
  return comparison(of);
}

/** `IF … THEN serve on`. */
export function rule(of: Rule): string {
  return `IF ${condition(of.when)} THEN ${serve(of)}`;
}

/** `serve on`, `split on 25 % / off 75 %`. */
export function serve(of: Serve | Rule): string {
  return "split" in of ? `split ${weights(of.split.weights)}${by(of.split.by)}` : `serve ${of.serve}`;
}

/** `on 25 % / off 75 %`, the largest first where there are many. */
export function weights(of: Readonly<Record<string, number>>): string {
  return Object.entries(of)
    .map(([name, weight]) => `${name} ${percent(weight)}`)
    .join(" / ");
}

/** `on to 3 units (by targetingKey)`. */
export function target(of: Schemas["Target"]): string {
  return `serve ${of.variant} to ${count(of.units.length, "unit")}${by(of.by)}: ${list(of.units, "and", 5)}`;
}

/** `checkout serves on or beta`. */
export function prerequisite(of: Schemas["Prerequisite"]): string {
  return `${of.flag} serves ${list(of.variants, "or")}`;
}

function by(attribute: string | null | undefined): string {
  return attribute && attribute !== "targetingKey" ? ` by ${attribute}` : "";
}

function group(parts: readonly Condition[], word: string, empty: string, nested: boolean): string {
  const text = parts.map((part) => condition(part, parts.length > 1)).join(` ${word} `) || empty;
  return nested && parts.length > 1 ? `(${text})` : text;
}

function comparison(of: Schemas["Comparison"]): string {
  const operator = operatorOf(of.op);
  const words = of.negate ? operator.negated : operator.words;
  if (operator.operand === "none") return `${of.attribute} ${words}`;
  const values = list((of.values ?? []).map(value), "or", 8);
  return `${of.attribute} ${words} ${values}${of.ignoreCase ? " (any case)" : ""}`;
}

function bucket(of: Schemas["InBucket"]): string {
  const ranges = of.bucket.ranges.map(([start, end]) => `${String(start)}…${String(end)}`);
  const { space = WHOLE } = of.bucket as { readonly space?: number }; // left out: what the hash has
  const places = space === WHOLE ? "" : ` of ${String(space)}`;
  return `bucket ${of.negate ? "not in" : "in"} ${list(ranges, "or")}${places} of salt ${of.bucket.salt}`;
}
