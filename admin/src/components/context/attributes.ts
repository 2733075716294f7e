/** The attributes of a context as a form: rows that say their type, so that nothing has to be guessed or coerced. */
export const KINDS = ["text", "number", "boolean", "list", "json"] as const;
export type Kind = (typeof KINDS)[number];

/** One attribute. What is typed stays as it is typed; a `null` has not been given yet and is not sent. */
export interface Row {
  readonly id: number;
  readonly name: string;
  readonly kind: Kind;
  /** The typed text; of a list its members. */
  readonly typed: string | readonly string[] | null;
}

/** Who is asked for: the targeting key ("" is none), and everything else that is known. */
export interface Form {
  readonly unit: string;
  readonly rows: readonly Row[];
}

export type Context = Readonly<Record<string, unknown>>;

/** A row that is not right yet. */
export interface RowFault {
  readonly id: number;
  readonly part: "name" | "value";
  readonly detail: string;
}

export const UNIT = "targetingKey";
export const NOBODY: Form = { unit: "", rows: [] };

/** Whether a row says nothing at all: it is left out, and no fault. */
function isBlank(row: Row): boolean {
  return row.name === "" && (row.typed === null || row.typed === "");
}

/** What is wrong with the rows, by row; empty when the form is a context. */
export function faultsOf({ unit, rows }: Form): readonly RowFault[] {
  const seen = new Set(unit ? [UNIT] : []);
  return rows.filter((row) => !isBlank(row)).flatMap((row) => rowFaults(row, seen));
}

function rowFaults(row: Row, seen: Set<string>): readonly RowFault[] {
  const faults: RowFault[] = [];
  if (!row.name) faults.push({ id: row.id, part: "name", detail: "Name the attribute." });
  else if (seen.has(row.name))
    faults.push({ id: row.id, part: "name", detail: `${row.name} is there already.` });
  seen.add(row.name);
  const read = row.typed === null ? null : valueOf(row.kind, row.typed);
  if (read && "fault" in read) faults.push({ id: row.id, part: "value", detail: read.fault });
  return faults;
}

type Read = { readonly value: unknown } | { readonly fault: string };
type Reader = (typed: string) => Read;

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

const READERS: Readonly<Record<Exclude<Kind, "list">, Reader>> = {
  text: (typed) => ({ value: typed }),
  number: (typed) => {
    if (!NUMBER.test(typed.trim())) return { fault: "Write a number, such as 12 or 0.5." };
    return exact(typed.trim()) ? { value: Number(typed) } : { fault: INEXACT };
  },
  boolean: (typed) =>
    typed === "true" || typed === "false" ? { value: typed === "true" } : { fault: "Choose true or false." },
  json: (typed) => {
    const read = parsed(typed);
    return "fault" in read ? { fault: read.fault } : read;
  },
};

const INEXACT = "This number has more digits than can be carried: send it as text.";

/** What a typed text says as a value of its kind, or why it says none. */
export function valueOf(kind: Kind, typed: string | readonly string[]): Read {
  if (kind === "list") return { value: typeof typed === "string" ? [typed] : [...typed] };
  return typeof typed === "string" ? READERS[kind](typed) : { fault: "A list is no single value." };
}

/** Whether a number arrives as it was written: not beyond all range, and no digit of a whole number lost. */
function exact(source: string): boolean {
  const value = Number(source);
  if (!Number.isFinite(value)) return false;
  return /^-?\d+$/.test(source) ? BigInt(source) === BigInt(value) : true;
}

const KEYS = /"(?:[^"\\]|\\.)*"(\s*:)?/g;

/** JSON as a value; refuses what reading it would change without a word: names that stand twice, digits that get lost. */
export function parsed(text: string): { readonly value: unknown } | { readonly fault: string } {
  let kept = 0;
  let lost = "";
  const look = function (this: unknown, _name: string, value: unknown, at?: { source?: string }): unknown {
    if (typeof value === "number" && at?.source && !exact(at.source)) lost = at.source;
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      kept += Object.keys(value).length;
    return value;
  };
  try {
    const value: unknown = JSON.parse(text, look);
    const named = [...text.matchAll(KEYS)].filter(([, colon]) => colon !== undefined).length;
    if (named > kept) return { fault: "A name stands there twice: only one of them would count." };
    return lost ? { fault: `${lost} has more digits than can be carried: send it as text.` } : { value };
  } catch (error) {
    return { fault: error instanceof Error ? error.message : String(error) };
  }
}

/** The context that a form without faults says. */
export function contextOf({ unit, rows }: Form): Context {
  const given = rows.filter((row) => row.name !== "" && row.typed !== null);
  const members = given.map((row): [string, unknown] => {
    const read = valueOf(row.kind, row.typed ?? "");
    return [row.name, "value" in read ? read.value : null];
  });
  return Object.fromEntries(unit ? [[UNIT, unit], ...members] : members);
}

/** The form of a context whose attributes have names: `contextOf(formOf(x))` is x. */
export function formOf(context: Context): Form {
  const unit = context[UNIT];
  const isUnit = typeof unit === "string" && unit !== "";
  const others = Object.entries(context).filter(([name]) => !(isUnit && name === UNIT));
  return { unit: isUnit ? unit : "", rows: others.map(([name, value], id) => rowOf(id, name, value)) };
}

function rowOf(id: number, name: string, value: unknown): Row {
  if (typeof value === "string") return { id, name, kind: "text", typed: value };
  if (typeof value === "number" || typeof value === "boolean")
    return { id, name, kind: typeof value as "number" | "boolean", typed: JSON.stringify(value) };
  if (Array.isArray(value) && value.every((each) => typeof each === "string"))
    return { id, name, kind: "list", typed: value };
  return { id, name, kind: "json", typed: JSON.stringify(value) };
}

/** A row turned into another kind: what is typed stays where it can be read so, and is never re-written. */
export function turned(row: Row, kind: Kind): Row {
  if (kind === row.kind) return row;
  if (kind === "list")
    return { ...row, kind, typed: row.typed === null || row.typed === "" ? [] : row.typed };
  const typed = Array.isArray(row.typed) ? (row.typed.length ? row.typed.join(", ") : null) : row.typed;
  return { ...row, kind, typed: kind === "boolean" && typed !== "true" && typed !== "false" ? null : typed };
}

/** What a pasted JSON text says as a context, or why it says none. */
export function contextIn(text: string): { readonly context: Context } | { readonly fault: string } {
  if (!text.trim()) return { context: {} };
  const read = parsed(text);
  if ("fault" in read) return read;
  const { value } = read;
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return { fault: 'A context is an object: {"targetingKey": "user-42"}' };
  if ("" in value) return { fault: "An attribute has no name." };
  return { context: value as Context };
}

/** Names and kinds of attributes, without any value: what may stand in an address. */
export function outlineOf({ rows }: Form): string {
  return rows
    .filter(({ name }) => name !== "")
    .map(({ name, kind }) => `${encodeURIComponent(name)}:${kind}`)
    .join(",");
}

/** Rows for such an outline, with nothing given yet; what cannot be read is left out. */
export function rowsIn(outline: string): readonly Row[] {
  return outline.split(",").flatMap((part, id) => {
    const [name = "", kind = ""] = part.split(":");
    const known = KINDS.find((each) => each === kind);
    return known && name ? [{ id, name: decoded(name), kind: known, typed: null }] : [];
  });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The unit, or what stands for it where there is none. */
export function whoOf(context: Context): string {
  const unit = context[UNIT];
  if (typeof unit === "string" && unit !== "") return unit;
  return Object.keys(context).length ? "Somebody like this" : "Somebody unknown";
}
