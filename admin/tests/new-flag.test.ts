import { describe, expect, it } from "vitest";

import { bodyOf, EMPTY, isWhole, keyFault, nameFault, valueOf } from "@/screens/flags/create/values";

const NONE = new Set<string>();
const NAMED = { ...EMPTY, key: "layout", type: "integer" } as const;

describe("the key of a new flag", () => {
  it.each(["checkout-v2", "a", "9.lives_b", "x".repeat(100)])("may be %s", (key) => {
    expect(keyFault(key, NONE)).toBeNull();
  });

  it.each(["-a", ".a", "a b", "ä", "a/b", "x".repeat(101)])("may not be %s", (key) => {
    expect(keyFault(key, NONE)).not.toBeNull();
  });

  it("may not be taken, and nothing is wrong before anything is typed", () => {
    expect(keyFault("a", new Set(["a"]))).toMatch(/already/);
    expect(keyFault("A", new Set(["a"]))).toBeNull();
    expect(keyFault("", NONE)).toBeNull();
  });
});

describe("a typed value", () => {
  it("keeps its type", () => {
    expect(valueOf("007", "string")).toEqual({ value: "007" });
    expect(valueOf("-20", "integer")).toEqual({ value: -20 });
    expect(valueOf("1e-3", "float")).toEqual({ value: 0.001 });
    expect(valueOf('{"a": [1]}', "object")).toEqual({ value: { a: [1] } });
  });

  it.each([
    ["1.5", "integer"],
    ["9007199254740993", "integer"],
    ["", "integer"],
    ["0x10", "float"],
    ["1e999", "float"],
    ["[1]", "object"],
    ["null", "object"],
    ["{", "object"],
  ] as const)("%s is no %s", (text, type) => {
    expect(valueOf(text, type)).toHaveProperty("fault");
  });
});

describe("a new flag", () => {
  it("needs only a key when it is boolean, and leaves the rest to the service", () => {
    const flag = { ...EMPTY, key: "a" };

    expect(isWhole(flag, NONE)).toBe(true);
    expect(bodyOf(flag, ["production"])).toEqual({ key: "a", type: "boolean" });
  });

  it("needs names and values that fit when it is not", () => {
    const names = (...of: string[]) => of.map((name) => ({ name, value: "1" }));

    expect(isWhole(NAMED, NONE)).toBe(false);
    expect(isWhole({ ...NAMED, variants: names("a", "b") }, NONE)).toBe(true);
    expect(isWhole({ ...NAMED, variants: names("a", "a ") }, NONE)).toBe(false);
    expect(nameFault(names("a", " "), 1)).toBe("It needs a name.");
  });

  it("serves its first variant while it is off, in every environment", () => {
    const variants = [
      { name: "wide", value: "3" },
      { name: "dense", value: "5" },
    ];

    const body = bodyOf({ ...NAMED, name: " Layout ", variants }, ["production"]);

    expect(body).toMatchObject({ name: "Layout", variants: { wide: 3, dense: 5 } });
    expect(body.environments).toEqual({
      production: { enabled: false, offVariant: "wide", default: null, staleness: null },
    });
  });
});
