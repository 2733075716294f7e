import { describe, expect, it, test } from "vitest";

import { compared, drawnAlike } from "@/screens/flag/compare-rows";
import type { Decisions } from "@/screens/flag/draft";
import { count, list, sizes } from "@/text/numbers";
import { ago, clock, countdown, duration, instants, moment, shortly } from "@/text/times";
import { condition, rule, serve, type Rule, type Serve } from "@/text/words";

describe("a condition in words", () => {
  const country = { attribute: "country", op: "in", values: ["DE", "AT"], negate: false, ignoreCase: false };
  const beta = { segment: "beta", negate: false };
  const plan = { attribute: "plan", op: "equals", values: ["pro"], negate: true, ignoreCase: true };

  test("writes AND and OR out, and puts a group within a group into brackets", () => {
    expect(condition({ all: [country, { any: [beta, plan] }] })).toBe(
      "country is one of DE or AT AND (in segment beta OR plan is not pro (any case))",
    );
  });

  test("says what is empty: everybody for all, nobody for any", () => {
    expect(condition({ all: [] })).toBe("everybody");
    expect(condition({ any: [] })).toBe("nobody");
  });

  test("tells a number from a text that looks like one", () => {
    const of = (values: unknown[]) =>
      condition({ attribute: "n", op: "equals", values, negate: false, ignoreCase: false });

    expect(of([1])).toBe("n is 1");
    expect(of([true])).toBe("n is true");
  });

  test("reads an operator that this console does not know by its own name", () => {
    expect(condition({ attribute: "a", op: "newer", values: ["x"], negate: true, ignoreCase: false })).toBe(
      "a not newer x",
    );
  });

  test("is part of a rule's sentence", () => {
    expect(rule({ when: beta, serve: "on" } as Rule)).toBe("IF in segment beta THEN serve on");
    expect(
      serve({ split: { weights: { on: 12_500, off: 87_500 }, by: "account" } } as unknown as Serve),
    ).toBe("split on 12.5 % / off 87.5 % by account");
  });
});

describe("instants in what the service says", () => {
  const at = Date.UTC(2026, 10, 26, 7, 12, 3);

  test("are found however they are written, and the words around them stay", () => {
    expect(instants("Step 2: holds until 2026-11-26 07:12:03 UTC.")).toEqual([
      "Step 2: holds until ",
      at,
      ".",
    ]);
    expect(instants("2026-11-26T07:12:03Z to 2026-11-26T07:12:03.5Z")).toEqual([at, " to ", at + 500]);
    expect(instants("version 1.2.3, 25 % and 2026-11-26")).toEqual(["version 1.2.3, 25 % and 2026-11-26"]);
    expect(instants("at 2026-99-99 07:00:00 UTC")).toEqual(["at 2026-99-99 07:00:00 UTC"]);
  });

  test("of today are told by the clock alone", () => {
    expect(shortly(at, at)).toBe(clock(at));
    expect(shortly(at, at + 3 * 86_400_000)).toBe(moment(at));
  });
});

describe("times", () => {
  const NOW = Date.parse("2026-11-26T12:00:00Z");

  test("are told relative to now in the largest unit that fits", () => {
    const said = [30, 119, 7200, 3 * 86_400].map((seconds) => ago(NOW - seconds * 1000, NOW));

    expect(said).toEqual(["30 sec. ago", "1 min. ago", "2 hr. ago", "3 days ago"]);
  });

  test("of a countdown never run below nought, and round up so that nothing ends early", () => {
    expect([-5, 0, 0.2, 61, 3725].map(countdown)).toEqual(["00:00", "00:00", "00:01", "01:01", "1:02:05"]);
  });

  test("of a duration have two parts at most", () => {
    expect([0, 0.25, 45, 900, 5400, 90_061].map(duration)).toEqual([
      "0 s",
      "250 ms",
      "45 s",
      "15 min",
      "1 h 30 min",
      "1 d 1 h",
    ]);
  });
});

describe("lists and counts", () => {
  test("end with a conjunction, and say how many are left out", () => {
    expect(list([])).toBe("");
    expect(list(["a", "b", "c"])).toBe("a, b and c");
    expect(list(["a", "b", "c", "d"], "or", 2)).toBe("a, b or 2 more");
    expect([0, 1, 2].map((n) => count(n, "rule"))).toEqual(["0 rules", "1 rule", "2 rules"]);
  });
});

describe("sizes", () => {
  it.each([
    ["31196 MiB free", "30.5 GiB free"],
    ["512 MiB free", "512 MiB free"],
    ["300 MiB of 2048 MiB", "300 MiB of 2 GiB"],
    ["3 ms", "3 ms"],
  ])("%s is %s", (text, said) => {
    expect(sizes(text)).toBe(said);
  });
});

describe("the same said by other salts", () => {
  const half = (salt: string): Decisions["default"] => ({
    split: {
      weights: { on: 50_000, off: 50_000 },
      by: "targetingKey",
      hash: "murmur3",
      salt,
      space: null,
      allocation: [
        ["on", 0, 50_000],
        ["off", 50_000, 100_000],
      ],
    },
  });
  const decisions = (salt: string, rule: string): Decisions => ({
    enabled: true,
    prerequisites: [],
    targets: [],
    rules: [{ ...half(rule), id: "r", description: null, when: { segment: "beta", negate: false } }],
    default: half(salt),
    offVariant: "off",
    staleness: null,
  });

  it("is another draw, of the default and of a rule", () => {
    expect(drawnAlike(decisions("a", "b"), decisions("a", "b"))).toBe(true);
    expect(drawnAlike(decisions("a", "b"), decisions("c", "b"))).toBe(false);
    expect(drawnAlike(decisions("a", "b"), decisions("a", "c"))).toBe(false);
    expect(compared(decisions("a", "b"), decisions("c", "d")).some(({ differs }) => differs)).toBe(false);
  });

  it("is no question where nothing is drawn", () => {
    const plain: Decisions = { ...decisions("a", "b"), rules: [], default: { serve: "on" } };
    expect(drawnAlike(plain, plain)).toBe(true);
  });
});
