import { describe, expect, it } from "vitest";

import { canonicalText, hunks, lineDifference } from "@/text/lines";

const signs = (before: string, after: string) =>
  lineDifference(before, after).map(({ sign, text }) => sign + text);

describe("the difference of two texts, line by line", () => {
  it("keeps what is common and puts what goes before what comes", () => {
    expect(signs("a\nb\nc", "a\nx\nc")).toEqual([" a", "-b", "+x", " c"]);
  });

  it("is all kept for equal texts", () => {
    expect(signs("a\nb", "a\nb")).toEqual([" a", " b"]);
  });

  it("keeps the longest common part, not the first", () => {
    expect(signs("a\nb\nc\nd", "b\nc\nd\na")).toEqual(["-a", " b", " c", " d", "+a"]);
  });

  it("gives both texts back, whatever they are", () => {
    const texts = ["", "a", "a\na", "b\na\nb", "a\nb\na\nb", "c\n\nc", "x\ny\nz\na\nb"];

    for (const before of texts)
      for (const after of texts) {
        const found = lineDifference(before, after);
        const side = (without: string) =>
          found.filter(({ sign }) => sign !== without).map(({ text }) => text);
        expect(side("+").join("\n")).toBe(before);
        expect(side("-").join("\n")).toBe(after);
      }
  });

  it("takes the middle of what is very long as replaced", () => {
    const long = (word: string) => Array.from({ length: 3000 }, (_, i) => `${word}${String(i)}`);
    const before = ["head", ...long("a"), "tail"].join("\n");
    const after = ["head", ...long("b"), "tail"].join("\n");

    const found = lineDifference(before, after);

    expect(found).toHaveLength(6002);
    expect(found[0]).toEqual({ sign: " ", text: "head" });
    expect(found.at(-1)).toEqual({ sign: " ", text: "tail" });
  });
});

describe("what is shown of it", () => {
  it("is what changed, with a few lines around, and a gap for the rest", () => {
    const before = Array.from({ length: 20 }, (_, i) => String(i)).join("\n");
    const after = before.replace("\n10\n", "\nten\n");

    const shown = hunks(lineDifference(before, after), 1).map((line) => line && line.sign + line.text);

    expect(shown).toEqual([null, " 9", "-10", "+ten", " 11", null]);
  });
});

describe("canonical JSON", () => {
  it("has names in order at every depth, and keeps the order of lists", () => {
    expect(canonicalText({ b: [{ z: 1, a: 2 }, 1], a: null })).toBe(
      canonicalText({ a: null, b: [{ a: 2, z: 1 }, 1] }),
    );
    expect(canonicalText([2, 1])).not.toBe(canonicalText([1, 2]));
  });
});
