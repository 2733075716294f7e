import type { Operand, Operator } from "@/text/operators";

import { isInstant, isNetwork, isVersion } from "./formats";

/** As what a value is kept: `1` the number and `1` the text are two things, and neither matches the other. */
export type Kind = "text" | "number" | "boolean";

const LENGTH: Readonly<Record<string, number>> = { pattern: 1000 };
const MOST_LETTERS = 4000;

/** How many values a comparison may have. */
export function most(operand: Operand): number {
  return operand === "pattern" ? 100 : 10_000;
}

/** The kind of a stored value; null for what no comparison can hold. */
export function kindOf(value: unknown): Kind | null {
  if (typeof value === "string") return "text";
  if (typeof value === "number") return "number";
  return typeof value === "boolean" ? "boolean" : null;
}

/** The kinds that an operator can compare with. */
export function kindsFor(operand: Operand): readonly Kind[] {
  if (operand === "scalar") return ["text", "number", "boolean"];
  return operand === "number" ? ["number"] : ["text"];
}

/** What was typed, as a value of this kind; null when it is none. Numbers are written as JSON has them. */
export function read(text: string, kind: Kind): string | number | boolean | null {
  if (kind === "text") return text;
  if (kind === "boolean") return text === "true" ? true : text === "false" ? false : null;
  if (!/^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(text)) return null;
  const number = Number(text);
  const whole = /^-?\d+$/.test(text);
  return Number.isFinite(number) && (!whole || Number.isSafeInteger(number)) ? number : null;
}

/** The value as another kind, or null where it cannot be. */
export function turned(value: unknown, kind: Kind): string | number | boolean | null {
  return read(typeof value === "string" ? value : JSON.stringify(value), kind);
}

/** What else this value could be meant as, for this operator. */
export function alternatives(value: unknown, operand: Operand): readonly Kind[] {
  const kind = kindOf(value);
  return kindsFor(operand).filter((other) => other !== kind && turned(value, other) !== null);
}

/**
 * What was typed, kept as typed: of the kind that is wanted where it can be, as text where it cannot, so that the fault
 * is seen and nothing is lost.
 */
export function entered(text: string, kind: Kind): string | number | boolean {
  return read(text, kind) ?? text;
}

/** Several values pasted together: one a line, or parted by commas. A pattern may hold commas itself. */
export function pasted(text: string, operand: Operand): readonly string[] {
  const marks = operand === "pattern" ? /\r?\n/ : /\r?\n|,|\t/;
  return text
    .split(marks)
    .map((part) => part.trim())
    .filter(Boolean);
}

/** The list with these behind it, each value once. */
export function added(values: readonly unknown[], more: readonly unknown[]): readonly unknown[] {
  return [...new Set([...values, ...more])];
}

const CHECKS: Readonly<Partial<Record<Operand, readonly [(text: string) => boolean, string]>>> = {
  instant: [isInstant, "is no date and time with an offset, such as 2026-01-31T09:00:00Z"],
  version: [isVersion, "is no version, such as 2.4.1"],
  network: [isNetwork, "is no network, such as 10.0.0.0/8"],
};

/** Why the operator cannot use this value, as a sentence; null where it can. */
export function faultOf(value: unknown, operator: Operator): string | null {
  const kind = kindOf(value);
  const shown = JSON.stringify(value);
  if (!kind || !kindsFor(operator.operand).includes(kind))
    return operator.operand === "number" ? `${shown} is no number` : `${shown} is no text`;
  if (typeof value !== "string") return null;
  const limit = LENGTH[operator.operand] ?? MOST_LETTERS;
  if (value.length > limit) return `${shown.slice(0, 20)}… has more than ${String(limit)} characters`;
  const [fits, otherwise] = CHECKS[operator.operand] ?? [];
  return fits && !fits(value) ? `${shown} ${otherwise ?? ""}` : null;
}
