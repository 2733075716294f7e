import { describe, expect, it } from "vitest";

import { comparison, unfinished, withOperator } from "@/components/conditions/blanks";
import { isInstant, isNetwork, isVersion } from "@/components/conditions/formats";
import { attributesOf } from "@/components/conditions/queries";
import * as tree from "@/components/conditions/tree";
import * as values from "@/components/conditions/values";
import { operatorOf } from "@/text/operators";
import type { Condition } from "@/text/words";

const is = (attribute: string) => ({ attribute, op: "in", values: ["x"] }) as unknown as Condition;
const [a, b, c, d] = ["a", "b", "c", "d"].map(is) as [Condition, Condition, Condition, Condition];
const nested: Condition = { all: [a, { any: [b, c] }, { not: d }] };

/** Every leaf, in order: what no move, wrap or copy may lose. */
function leaves(of: Condition): readonly string[] {
  return "attribute" in of ? [of.attribute] : tree.parts(of).flatMap(leaves);
}

function paths(of: Condition, here: tree.Path = []): readonly tree.Path[] {
  return [here, ...tree.parts(of).flatMap((part, i) => paths(part, [...here, i]))];
}

describe("a tree of conditions", () => {
  it("finds each part where its path says, and nothing beyond", () => {
    expect(tree.at(nested, [1, 1])).toEqual(c);
    expect(tree.at(nested, [2, 0])).toEqual(d);
    expect(tree.at(nested, [9])).toBeUndefined();
    expect(tree.at(nested, [0, 0])).toBeUndefined();
  });

  it("names places as the service does", () => {
    expect(paths(nested).map((path) => tree.pointerOf(nested, path))).toEqual([
      "",
      "/all/0",
      "/all/1",
      "/all/1/any/0",
      "/all/1/any/1",
      "/all/2",
      "/all/2/not",
    ]);
  });

  it("replaces one part and leaves the others the same objects", () => {
    const next = tree.replaced(nested, [1, 0], d);

    expect(tree.at(next, [1, 0])).toBe(d);
    expect(tree.at(next, [0])).toBe(a);
    expect(tree.at(next, [1, 1])).toBe(c);
    expect(tree.at(nested, [1, 0])).toBe(b);
  });

  it("removes a part, a NOT with what it negates, and leaves everybody of the root", () => {
    expect(tree.removed(nested, [1, 0])).toEqual({ all: [a, { any: [c] }, { not: d }] });
    expect(tree.removed(nested, [2, 0])).toEqual({ all: [a, { any: [b, c] }] });
    expect(tree.removed(a, [])).toEqual({ all: [] });
    expect(tree.removed({ not: a }, [0])).toEqual({ all: [] });
  });

  it("inserts where it is told, and at the end otherwise", () => {
    expect(tree.inserted(nested, [1], d, 1)).toEqual({ all: [a, { any: [b, d, c] }, { not: d }] });
    expect(leaves(tree.inserted(nested, [1], d))).toEqual(["a", "b", "c", "d", "d"]);
    expect(tree.inserted(nested, [0], d)).toBe(nested);
  });

  it("puts a copy behind the original, in a group of both where there is none", () => {
    expect(leaves(tree.duplicated(nested, [1, 0]))).toEqual(["a", "b", "b", "c", "d"]);
    expect(tree.duplicated(a, [])).toEqual({ all: [a, a] });
    expect(tree.duplicated({ not: a }, [0])).toEqual({ not: { all: [a, a] } });
  });

  it("moves among siblings, and out of a group at its edge", () => {
    expect(tree.moved(nested, [1], -1)).toEqual({
      root: { all: [{ any: [b, c] }, a, { not: d }] },
      path: [0],
    });
    expect(tree.moved(nested, [1, 0], -1)).toEqual({
      root: { all: [a, b, { any: [c] }, { not: d }] },
      path: [1],
    });
    expect(tree.moved(nested, [1, 1], 1)).toEqual({
      root: { all: [a, { any: [b] }, c, { not: d }] },
      path: [2],
    });
    expect(tree.moved(nested, [0], -1)).toBeNull();
    expect(tree.moved(nested, [2], 1)).toBeNull();
    expect(tree.moved(nested, [2, 0], 1)).toBeNull();
  });

  it("never loses or changes a leaf in any move from anywhere, and says where it went", () => {
    for (const path of paths(nested)) {
      for (const by of [-1, 1] as const) {
        const next = tree.moved(nested, path, by);
        if (!next) continue;

        expect([...leaves(next.root)].sort()).toEqual(["a", "b", "c", "d"]);
        expect(tree.at(next.root, next.path)).toBe(tree.at(nested, path));
      }
    }
  });

  it("comes back from a move by the opposite move among siblings", () => {
    const there = tree.moved(nested, [0], 1);
    const back = there && tree.moved(there.root, there.path, -1);

    expect(back).toEqual({ root: nested, path: [0] });
  });

  it("wraps and unwraps without a trace", () => {
    for (const path of paths(nested)) {
      for (const within of ["all", "any", "not"] as const) {
        const wrapped = tree.wrapped(nested, path, within);

        expect(leaves(wrapped)).toEqual(leaves(nested));
        expect(tree.unwraps(wrapped, path)).toBe(true);
        expect(tree.unwrapped(wrapped, path)).toEqual(nested);
      }
    }
  });

  it("spreads a group over its parent only where both join alike", () => {
    const alike: Condition = { all: [a, { all: [b, c] }] };

    expect(tree.unwraps(alike, [1])).toBe(true);
    expect(tree.unwrapped(alike, [1])).toEqual({ all: [a, b, c] });
    expect(tree.unwraps(nested, [1])).toBe(false);
    expect(tree.unwraps(nested, [0])).toBe(false);
  });

  it("negates twice to itself, and groups by a NOT around them", () => {
    for (const one of [a, nested, { segment: "beta" } as Condition]) {
      expect(tree.negated(tree.negated(one))).toEqual(one);
    }
    expect(tree.negated(a)).toEqual({ ...a, negate: true });
    expect(tree.negated(nested)).toEqual({ not: nested });
    expect(tree.negated({ not: a })).toBe(a);
  });

  it("joins into the root by its own word, and around it by the other", () => {
    expect(tree.joined({ all: [a] }, "all", b)).toEqual({ all: [a, b] });
    expect(tree.joined({ all: [a] }, "any", b)).toEqual({ any: [{ all: [a] }, b] });
    expect(tree.joined(a, "all", b)).toEqual({ all: [a, b] });
    expect(tree.flipped({ any: [a, b] })).toEqual({ all: [a, b] });
    expect(tree.size(nested)).toBe(7);
  });
});

describe("values of a comparison", () => {
  it("keeps 1 the number and 1 the text apart", () => {
    expect(values.entered("1", "number")).toBe(1);
    expect(values.entered("1", "text")).toBe("1");
    expect(values.added([1], ["1", 1])).toEqual([1, "1"]);
    expect(values.alternatives("1", "scalar")).toEqual(["number"]);
    expect(values.alternatives(1, "scalar")).toEqual(["text"]);
    expect(values.alternatives("true", "scalar")).toEqual(["boolean"]);
    expect(values.alternatives("DE", "scalar")).toEqual([]);
    expect(values.turned(1, "text")).toBe("1");
  });

  it("keeps as text what cannot be the number it should be, and says so", () => {
    const more = operatorOf("greaterThan");

    for (const text of ["x", "1,5", "0x10", "", " 1", "01", "1e999", "12345678901234567890", "NaN"]) {
      expect(values.entered(text, "number")).toBe(text);
      expect(values.faultOf(values.entered(text, "number"), more)).toMatch(/is no number/);
    }
    for (const text of ["0", "-1.5", "1e5", "9007199254740991"])
      expect(values.faultOf(values.entered(text, "number"), more)).toBeNull();
  });

  it("refuses the kind that an operator cannot compare with", () => {
    expect(values.faultOf(1, operatorOf("contains"))).toBe("1 is no text");
    expect(values.faultOf(true, operatorOf("lessThan"))).toBe("true is no number");
    expect(values.faultOf(true, operatorOf("in"))).toBeNull();
  });

  it("parts what is pasted by lines and commas, patterns by lines alone", () => {
    expect(values.pasted("DE, AT\r\nCH\n\n", "scalar")).toEqual(["DE", "AT", "CH"]);
    expect(values.pasted("a{1,2}\nb", "pattern")).toEqual(["a{1,2}", "b"]);
  });

  it("judges dates, versions and networks as the service does", () => {
    const judged = (test: (text: string) => boolean, good: readonly string[], bad: readonly string[]) => {
      expect(good.filter((text) => !test(text))).toEqual([]);
      expect(bad.filter(test)).toEqual([]);
    };

    judged(
      isInstant,
      ["2026-01-31T09:00:00Z", "2024-02-29t23:59:60z", "2026-01-31 09:00:00.25+05:30"],
      [
        "2026-01-31",
        "2026-02-30T00:00:00Z",
        "2026-01-31T24:00:00Z",
        "2026-01-31T09:00:00",
        "2026-01-31T09:00:00.Z",
        "0000-01-01T00:00:00Z",
      ],
    );
    judged(
      isVersion,
      ["1", "v2.4", "2.4.1", "1.0.0-rc.1", "1.0.0+build.5", "1.0-alpha-2"],
      ["", "01.0.0", "1.2.3.4", "1.0.0-", "1.0.0-01", "1.0.0+", "one"],
    );
    judged(
      isNetwork,
      ["10.0.0.0/8", "10.0.0.1", "2001:db8::/32", "::1", "::ffff:10.0.0.0/104", "1:2:3:4:5:6:7:8"],
      [
        "10.0.0/8",
        "10.0.0.0/33",
        "10.0.0.01",
        "300.0.0.1",
        "2001::db8::1",
        "1:2:3",
        "fe80::1%eth0",
        "10.0.0.0/",
      ],
    );
  });
});

describe("what is not finished", () => {
  it("is said at its place, before the service is asked", () => {
    const faults = unfinished({ all: [comparison(), { not: { segment: "" } as Condition }, a] });

    expect(faults.map(({ pointer }) => pointer)).toEqual([
      "/all/0/attribute",
      "/all/0/values",
      "/all/1/not/segment",
    ]);
  });

  it("asks for no values where none are compared", () => {
    const exists = withOperator(is("a") as never, "exists", true);

    expect(exists).toEqual({ attribute: "a", op: "exists", negate: true });
    expect(unfinished(exists)).toEqual([]);
  });

  it("keeps the values of a comparison when its operator changes, and drops a case that the other knows not", () => {
    const folded = { ...(is("a") as object), ignoreCase: true } as never;

    expect(withOperator(folded, "contains", false)).toEqual({
      attribute: "a",
      op: "contains",
      values: ["x"],
      ignoreCase: true,
    });
    expect(withOperator(folded, "before", false)).toEqual({ attribute: "a", op: "before", values: ["x"] });
  });
});

describe("suggested attributes", () => {
  it("come from rules and segments, the most used first", () => {
    const documents = [{ rules: [{ when: nested }] }, { when: { not: b } }, { variants: {} }];

    expect(attributesOf(documents)).toEqual(["b", "a", "c", "d"]);
  });
});
