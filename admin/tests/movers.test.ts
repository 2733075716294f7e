import { describe, expect, it } from "vitest";

import { matching, movers } from "@/text/movers";

const move = (document: string, pointer: string, summary: string) => ({
  document,
  pointer,
  summary,
  moves: [],
});

describe("movers", () => {
  it("leaves the only place of a document unnamed", () => {
    expect(movers([move("flag/a", "/default/split", "half"), move("flag/b", "/rules/0", "all")])).toEqual([
      "half",
      "all",
    ]);
  });

  it("names each of several places of one document", () => {
    const several = ["/targets/0", "/default", "/rules/1/split"].map((pointer) =>
      move("flag/a", pointer, "all"),
    );

    expect(movers(several)).toEqual(["List 1: all", "Default: all", "Rule 2: all"]);
  });
});

describe("matching", () => {
  const rule = { id: "r", when: { segment: "beta" }, serve: "on" };

  it("is changed by conditions, order, lists and prerequisites", () => {
    expect(matching({ rules: [rule] }, { rules: [{ ...rule, when: { segment: "staff" } }] })).toBe(true);
    expect(matching({ rules: [rule, { ...rule, id: "s" }] }, { rules: [{ ...rule, id: "s" }, rule] })).toBe(
      true,
    );
    expect(matching({ included: ["u"] }, { included: [] })).toBe(true);
    expect(matching({}, { prerequisites: [{ flag: "a", variants: ["on"] }] })).toBe(true);
  });

  it("is not changed by what is served, by state, or by what is left out of a partial write", () => {
    expect(matching({ rules: [rule] }, { rules: [{ ...rule, serve: "off" }] })).toBe(false);
    expect(matching({ enabled: true, rules: [rule] }, { enabled: false })).toBe(false);
    expect(matching(null, { rules: [rule] })).toBe(false);
  });
});
