import { describe, expect, it } from "vitest";

import { asked, copies, narrowed, rows, why, type Item } from "@/screens/compare/choice";

const item = (more: object = {}): Item => ({
  kind: "flag",
  key: "checkout",
  name: "Checkout page",
  differs: true,
  sameUnits: null,
  sides: {
    staging: { enabled: true, default: { serve: "on" } },
    production: { enabled: false, default: { serve: "on" } },
  },
  differences: [],
  ...more,
});

describe("what can be copied", () => {
  it("is what is there and differs from what is here", () => {
    expect(copies(item(), "staging", "production")).toBe(true);
    expect(copies(item({ sides: { staging: null, production: {} } }), "staging", "production")).toBe(false);
    expect(copies(item({ sides: { staging: {}, production: null } }), "staging", "production")).toBe(true);
  });

  it("is not what is the same in these two, though it differs from a third", () => {
    const same = { enabled: true };

    const three = item({
      sides: { development: { enabled: false }, staging: same, production: { ...same } },
    });

    expect(copies(three, "staging", "production")).toBe(false);
    expect(copies(three, "development", "production")).toBe(true);
  });

  it("is what gives the same shares to other units", () => {
    const side = { enabled: true };

    expect(
      copies(
        item({ differs: false, sameUnits: false, sides: { staging: side, production: side } }),
        "staging",
        "production",
      ),
    ).toBe(true);
  });

  it("is asked for by kind", () => {
    const items = [item(), item({ key: "b" }), item({ kind: "split", key: "c" })];

    expect(asked("staging", items)).toEqual({
      from: "staging",
      flags: ["checkout", "b"],
      segments: [],
      splits: ["c"],
    });
  });
});

describe("an item side by side", () => {
  it("has a row for each property, and says which differ", () => {
    expect(rows(item(), ["staging", "production"])).toEqual([
      { label: "State", values: ["on", "off"], differs: true },
      { label: "Default", values: ["serve on", "serve on"], differs: false },
    ]);
  });

  it("has nothing where it is not there", () => {
    const [state] = rows(item({ sides: { staging: { enabled: true }, production: null } }), [
      "staging",
      "production",
    ]);

    expect(state).toEqual({ label: "State", values: ["on", null], differs: true });
  });
});

describe("the list", () => {
  it("is narrowed by kind, key and name, whatever their case", () => {
    expect(narrowed([item()], "PAGE")).toHaveLength(1);
    expect(narrowed([item()], "flag check")).toHaveLength(1);
    expect(narrowed([item()], "search")).toHaveLength(0);
  });

  it("says why an item stands in it", () => {
    expect(why(item())).toBe("differs");
    expect(why(item({ differs: false, sameUnits: false }))).toBe("other units");
    expect(why(item({ differs: false, sameUnits: true }))).toBe("same");
  });
});
