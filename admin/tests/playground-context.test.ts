import { describe, expect, it } from "vitest";

import {
  contextIn,
  contextOf,
  faultsOf,
  formOf,
  NOBODY,
  outlineOf,
  rowsIn,
  turned,
  valueOf,
  type Kind,
  type Row,
} from "@/components/context/attributes";

const SEEDS = Array.from({ length: 300 }, (_, seed) => seed);

/** A small repeatable source of chance. */
function chance(seed: number): (below: number) => number {
  let state = seed * 2654435761 + 1;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state % below;
  };
}

const TEXTS = [
  "",
  " ",
  "1",
  "true",
  "null",
  "DE",
  "[]",
  '{"a":1}',
  "ü\u0000\n",
  "\\",
  '"',
  "a:b,c",
  "__proto__",
];
const NUMBERS = [0, -1, 1.5, 1e21, 5e-324, 9007199254740991, -0.001, 12345.678];

function anything(next: (below: number) => number, depth = 0): unknown {
  const kind = next(depth > 2 ? 4 : 6);
  if (kind === 0) return TEXTS[next(TEXTS.length)];
  if (kind === 1) return NUMBERS[next(NUMBERS.length)];
  if (kind === 2) return next(2) === 1;
  if (kind === 3) return null;
  if (kind === 4) return Array.from({ length: next(4) }, () => anything(next, depth + 1));
  return Object.fromEntries(Array.from({ length: next(4) }, (_, i) => [`m${i}`, anything(next, depth + 1)]));
}

function context(seed: number): Record<string, unknown> {
  const next = chance(seed);
  const names = ["targetingKey", "country", "cart.total", "a,b:c", "__proto__", "constructor", "7", "é"];
  const chosen = names.filter(() => next(2) === 1);
  return Object.fromEntries(chosen.map((name) => [name, anything(next)]));
}

describe("a context as form and as JSON", () => {
  it("says the same in both, whatever it is", () => {
    for (const seed of SEEDS) {
      const said = context(seed);

      const form = formOf(said);
      const again = contextIn(JSON.stringify(contextOf(form)));

      expect(faultsOf(form)).toEqual([]);
      expect(again).toEqual({ context: said });
      expect(JSON.stringify(contextOf(form))).toBe(JSON.stringify(contextOf(formOf(contextOf(form)))));
    }
  });

  it("never takes a value for one of another type", () => {
    for (const text of TEXTS) {
      expect(contextOf(formOf({ a: text }))).toStrictEqual({ a: text });
      expect(valueOf("text", text)).toEqual({ value: text });
    }
  });

  it("refuses digits that would get lost, in the form and in JSON", () => {
    const long = "12345678901234567891";

    expect(valueOf("number", long)).toHaveProperty("fault");
    expect(contextIn(`{"id": ${long}}`)).toHaveProperty("fault");
    expect(valueOf("json", `[${long}]`)).toHaveProperty("fault");
    expect(valueOf("number", "1e999")).toHaveProperty("fault");
    expect(valueOf("number", "9007199254740993")).toHaveProperty("fault");
    expect(valueOf("number", "9007199254740992")).toEqual({ value: 9007199254740992 });
  });

  it.each(["", "abc", "0x10", "1,5", ".5", "5.", "01", "NaN", "Infinity", "1 2"])(
    "takes %j for no number",
    (text) => expect(valueOf("number", text)).toHaveProperty("fault"),
  );

  it("refuses a name that stands there twice, at any depth", () => {
    expect(contextIn('{"a": 1, "a": 2}')).toHaveProperty("fault");
    expect(contextIn('{"x": [{"a": 1, "b": 3, "a": 2}]}')).toHaveProperty("fault");
    expect(contextIn('{"a": "b: c", "x": {"a": ":"}}')).toEqual({ context: { a: "b: c", x: { a: ":" } } });
  });

  it.each(["[]", "1", '"x"', "null", "{", '{"": 1}'])("takes %j for no context", (text) => {
    expect(contextIn(text)).toHaveProperty("fault");
  });
});

const row = (id: number, name: string, kind: Kind, typed: Row["typed"]): Row => ({ id, name, kind, typed });

describe("the rows of the form", () => {
  it("send nothing that has not been given, and an empty text that has", () => {
    const form = {
      unit: "",
      rows: [row(0, "a", "text", null), row(1, "b", "text", ""), row(2, "", "text", null)],
    };

    expect(faultsOf(form)).toEqual([]);
    expect(contextOf(form)).toEqual({ b: "" });
  });

  it("name what is wrong: no name, a name twice, a second targeting key, a value of another type", () => {
    const rows = [
      row(0, "", "text", "x"),
      row(1, "a", "number", "many"),
      row(2, "a", "text", "y"),
      row(3, "targetingKey", "text", "z"),
      row(4, "c", "boolean", "yes"),
      row(5, "d", "json", "{"),
    ];

    const faults = faultsOf({ unit: "user-42", rows });

    expect(faults.map(({ id, part }) => [id, part])).toEqual([
      [0, "name"],
      [1, "value"],
      [2, "name"],
      [3, "name"],
      [4, "value"],
      [5, "value"],
    ]);
  });

  it("keep what was typed when only their type is turned", () => {
    expect(turned(row(0, "a", "text", "12"), "number").typed).toBe("12");
    expect(turned(row(0, "a", "number", "12"), "text").typed).toBe("12");
    expect(turned(row(0, "a", "text", "x"), "list").typed).toBe("x");
    expect(contextOf({ unit: "", rows: [turned(row(0, "a", "text", "x"), "list")] })).toEqual({ a: ["x"] });
    expect(turned(row(0, "a", "text", "yes"), "boolean").typed).toBeNull();
  });
});

describe("what an address says of a context", () => {
  it("is names and types, and never a value", () => {
    const form = formOf({ targetingKey: "user-42", "a,b:c": "secret", n: 77, l: ["secret"] });

    const outline = outlineOf(form);
    const rows = rowsIn(outline);

    expect(outline).not.toMatch(/secret|77|user-42/);
    expect(rows.map(({ name, kind, typed }) => [name, kind, typed])).toEqual([
      ["a,b:c", "text", null],
      ["n", "number", null],
      ["l", "list", null],
    ]);
    expect(contextOf({ unit: "", rows })).toEqual({});
  });

  it("leaves out what it cannot read", () => {
    expect(rowsIn("a:number,b:colour,:text,%E0%A4%A:text").map(({ name }) => name)).toEqual([
      "a",
      "%E0%A4%A",
    ]);
    expect(outlineOf(NOBODY)).toBe("");
  });
});
