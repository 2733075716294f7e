import { describe, expect, it } from "vitest";

import { merge, taken } from "@/drafts/merge";

const rule = (id: string, country: string, serve = "on") => ({
  id,
  when: { attribute: "country", op: "in", values: [country] },
  serve,
});
const base = {
  enabled: true,
  offVariant: "off",
  default: { split: { weights: { on: 10_000, off: 90_000 }, salt: "s" } } as object,
  rules: [rule("a", "DE"), rule("b", "AT"), rule("d", "PL")],
};
type Decisions = typeof base;
const split = (on: number) => ({ split: { weights: { on, off: 100_000 - on }, salt: "s" } });

/** Edits that touch different places: each alone, and what it leads to. */
const EDITS: readonly ((of: Decisions) => Decisions)[] = [
  (of) => ({ ...of, enabled: false }),
  (of) => ({ ...of, offVariant: "on" }),
  (of) => ({ ...of, default: { serve: "on" } }),
  (of) => ({ ...of, rules: of.rules.map((each) => (each.id === "a" ? rule("a", "CH") : each)) }),
  (of) => ({ ...of, rules: of.rules.map((each) => (each.id === "b" ? { ...each, serve: "off" } : each)) }),
  (of) => ({ ...of, rules: [...of.rules, rule("c", "FR")] }),
  (of) => ({ ...of, rules: of.rules.filter(({ id }) => id !== "d") }),
];

describe("a three-way merge", () => {
  it("takes what only one side changed from that side", () => {
    for (const edit of EDITS) {
      const mine = edit(base);

      expect(merge(base, mine, base)).toEqual({ merged: mine, conflicts: [] });
      expect(merge(base, base, mine)).toEqual({ merged: mine, conflicts: [] });
      expect(merge(base, mine, mine)).toEqual({ merged: mine, conflicts: [] });
    }
  });

  it("puts edits of different places together, whoever made which", () => {
    for (const [i, first] of EDITS.entries()) {
      for (const second of EDITS.slice(i + 1)) {
        const together = merge(base, first(base), second(base));

        expect(together.conflicts).toEqual([]);
        expect(together.merged).toEqual(merge(base, second(base), first(base)).merged);
      }
    }
  });

  it("loses nothing that I typed: where both changed a place, mine stays and the place is named", () => {
    const mine = {
      ...base,
      offVariant: "mine",
      default: split(20_000),
      rules: [rule("a", "IT"), rule("b", "AT")],
    };
    const theirs = {
      ...base,
      offVariant: "theirs",
      default: split(50_000),
      rules: [rule("a", "ES"), rule("b", "AT")],
    };

    const { merged, conflicts } = merge(base, mine, theirs);

    expect(merged).toEqual(mine);
    expect(conflicts).toEqual(["/offVariant", "/default/served", "/rules/a/when"]);
  });

  it("never mixes weights, conditions, or a variant with a split", () => {
    const sides = [split(20_000), split(50_000), { serve: "on" }, { serve: "off" }];
    for (const mine of sides) {
      for (const theirs of sides) {
        const { merged, conflicts } = merge(base, { ...base, default: mine }, { ...base, default: theirs });
        const chosen = taken(merged, { ...base, default: theirs }, conflicts);

        expect(merged.default).toEqual(mine);
        expect(chosen.default).toEqual(theirs);
      }
    }
  });

  it("names what I removed and somebody else changed, and can bring it back", () => {
    const mine = { ...base, rules: [rule("a", "DE")] };
    const theirs = { ...base, rules: [rule("a", "DE"), rule("b", "CH")] };

    const { merged, conflicts } = merge(base, mine, theirs);

    expect(merged.rules).toEqual(mine.rules);
    expect(conflicts).toEqual(["/rules/b"]);
    expect(taken(merged, theirs, conflicts).rules).toEqual(theirs.rules);
  });

  it("puts a rule that they added behind the one that it follows there", () => {
    const theirs = { ...base, rules: [rule("a", "DE"), rule("new", "FR"), rule("b", "AT")] };
    const mine = { ...base, rules: [rule("b", "AT"), rule("a", "DE")] };

    expect(merge(base, mine, theirs).merged.rules.map(({ id }) => id)).toEqual(["b", "a", "new"]);
  });
});
