import type { Flag } from "./draft";

type Type = Flag["type"];

const INTEGER = /^-?(0|[1-9]\d*)$/;
const FLOAT = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

/** What was typed as a value of the flag's type, or a sentence about why it is none. */
export type Read = { readonly value: unknown } | { readonly fault: string };

const READERS: Readonly<Record<Type, (text: string) => Read>> = {
  boolean: (text) =>
    text === "true" || text === "false" ? { value: text === "true" } : { fault: "Write true or false." },
  string: (text) => ({ value: text }),
  integer: (text) =>
    INTEGER.test(text) && Number.isSafeInteger(Number(text))
      ? { value: Number(text) }
      : { fault: "Write a whole number." },
  float: (text) =>
    FLOAT.test(text) && Number.isFinite(Number(text))
      ? { value: Number(text) }
      : { fault: "Write a number, such as 0.5." },
  object: (text) => readObject(text),
};

/** Reads what was typed as the value of a variant. */
export function readValue(text: string, type: Type): Read {
  return READERS[type](text);
}

/** The value as it is typed. */
export function shownValue(value: unknown, type: Type): string {
  if (type === "string" && typeof value === "string") return value;
  return type === "object" ? JSON.stringify(value, null, 2) : JSON.stringify(value);
}

/** The value that a new variant begins with. */
export function firstValue(type: Type): unknown {
  return { boolean: false, string: "", integer: 0, float: 0, object: {} }[type];
}

function readObject(text: string): Read {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null
      ? { value }
      : { fault: "Write an object or a list, as JSON." };
  } catch (error) {
    return { fault: error instanceof Error ? error.message : "This is no JSON." };
  }
}

/** Why a variant cannot have this name; null where it can. */
export function nameFault(name: string, others: readonly string[]): string | null {
  if (!name.trim()) return "Name it.";
  if (others.includes(name)) return "There is one of this name.";
  return name.length > 100 ? "A name has 100 characters at most." : null;
}
