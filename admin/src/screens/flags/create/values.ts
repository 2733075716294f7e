import type { Schemas } from "@/api/client";

export type Type = Schemas["MatrixFlag"]["type"];
type FlagCreate = Schemas["FlagCreate"];

/** A variant as it is typed. */
export interface Typed {
  readonly name: string;
  readonly value: string;
}

/** A flag as it is typed. */
export interface NewFlag {
  readonly key: string;
  readonly name: string;
  readonly type: Type;
  readonly variants: readonly Typed[];
  readonly reason: string;
}

export const TYPES: readonly { readonly value: Type; readonly label: string; readonly example: string }[] = [
  { value: "boolean", label: "Boolean: on or off", example: "" },
  { value: "string", label: "String", example: "blue" },
  { value: "integer", label: "Integer", example: "20" },
  { value: "float", label: "Float", example: "0.5" },
  { value: "object", label: "Object", example: '{"columns": 3}' },
];

export const EMPTY: NewFlag = {
  key: "",
  name: "",
  type: "boolean",
  variants: [
    { name: "control", value: "" },
    { name: "new", value: "" },
  ],
  reason: "",
};

const KEY = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** What is wrong with a key, or null; it is empty as long as nothing was typed. */
export function keyFault(key: string, taken: ReadonlySet<string>): string | null {
  if (!key) return null;
  if (!/^[A-Za-z0-9]/.test(key)) return "It begins with a letter or a digit.";
  if (key.length > 100) return "At most 100 characters.";
  if (!KEY.test(key)) return "Only letters, digits, dots, hyphens and underscores.";
  return taken.has(key) ? "There is a flag with this key already, in use or archived." : null;
}

/** The value that was typed, or what is wrong with it. */
export function valueOf(text: string, type: Type): { readonly value: unknown } | { readonly fault: string } {
  return READ[type](text);
}

type Read = (text: string) => { readonly value: unknown } | { readonly fault: string };

const READ: Readonly<Record<Type, Read>> = {
  boolean: (text) =>
    text === "true" || text === "false" ? { value: text === "true" } : { fault: "true or false" },
  string: (text) => ({ value: text }),
  integer: (text) =>
    /^-?\d+$/.test(text.trim()) && Number.isSafeInteger(Number(text))
      ? { value: Number(text) }
      : { fault: "A whole number." },
  float: (text) =>
    /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text.trim()) && Number.isFinite(Number(text))
      ? { value: Number(text) }
      : { fault: "A number, like 0.5." },
  object: (text) => {
    try {
      const value: unknown = JSON.parse(text);
      return value !== null && typeof value === "object" && !Array.isArray(value)
        ? { value }
        : { fault: "An object in JSON, in braces." };
    } catch {
      return { fault: 'An object in JSON, like {"columns": 3}.' };
    }
  },
};

/** What is wrong with the name of a variant among the others, or null. */
export function nameFault(variants: readonly Typed[], index: number): string | null {
  const name = variants[index]?.name.trim() ?? "";
  if (!name) return "It needs a name.";
  return variants.some((other, i) => i !== index && other.name.trim() === name)
    ? "Another one has this name."
    : null;
}

/** Whether it can be sent. */
export function isWhole(flag: NewFlag, taken: ReadonlySet<string>): boolean {
  if (!flag.key || keyFault(flag.key, taken)) return false;
  if (flag.type === "boolean") return true;
  return flag.variants.every(
    ({ value }, i) => !nameFault(flag.variants, i) && "value" in valueOf(value, flag.type),
  );
}

/** What is sent: all else are the service's defaults; off in every environment, the first variant while it is off. */
export function bodyOf(
  flag: NewFlag,
  environments: readonly string[],
): Partial<FlagCreate> & Pick<FlagCreate, "key" | "type"> {
  const { key, type } = flag;
  const named = flag.name.trim() ? { name: flag.name.trim() } : {};
  if (type === "boolean") return { key, type, ...named };
  const read = flag.variants.map(({ name, value }) => [name.trim(), valueOf(value, type)] as const);
  const variants = Object.fromEntries(read.map(([name, got]) => [name, "value" in got ? got.value : null]));
  const off = { enabled: false, offVariant: read[0]?.[0] ?? null, default: null, staleness: null };
  return {
    key,
    type,
    ...named,
    variants,
    environments: Object.fromEntries(environments.map((each) => [each, off])),
  };
}
