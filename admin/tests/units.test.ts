import { describe, expect, it } from "vitest";

import { addition, unitsIn } from "@/text/units";

describe("units in a text", () => {
  it.each([
    ["one per line", "ann\nben\r\n\n cyd ", ["ann", "ben", "cyd"]],
    ["in one line", "ann, ben;cyd\tdan", ["ann", "ben", "cyd", "dan"]],
    ["in the first column", "ann,1\nben,2", ["ann", "ben"]],
    ["in quotes", '"ann, the first",1\n"say ""hi""",2', ["ann, the first", 'say "hi"']],
    ["with spaces inside", "ann lee\nben", ["ann lee", "ben"]],
    ["after a mark of byte order", "\uFEFFann\nben", ["ann", "ben"]],
    ["below a heading", "user_id,plan\nann,pro\nben,free", ["ann", "ben"]],
    ["of nothing", " \n , \n", []],
    ["with a quote that nobody closes, as it stands", 'ann\n"ben\ncyd', ["ann", '"ben', "cyd"]],
  ])("%s", (_, text, units) => {
    expect(unitsIn(text).units).toEqual(units);
  });

  it("stand there once, and what was repeated is named", () => {
    const found = unitsIn("ann\nben\nann\nann");

    expect(found.units).toEqual(["ann", "ben"]);
    expect(found.repeated).toEqual(["ann"]);
  });

  it("are told apart by case, and the heading and further columns are named", () => {
    const found = unitsIn("Id;Name\nann;A\nAnn;B");

    expect(found).toEqual({ units: ["ann", "Ann"], repeated: [], heading: "Id", columns: 2 });
  });

  it("are a word that is a heading elsewhere when it stands alone", () => {
    expect(unitsIn("email").units).toEqual(["email"]);
  });

  it("are read from 50,000 lines", () => {
    const text = Array.from({ length: 50_000 }, (_, i) => `user-${i},x`).join("\n");

    expect(unitsIn(text).units).toHaveLength(50_000);
  });
});

it("adds what is new, and names what is known or contradicts", () => {
  expect(addition(["ann", "ben", "cyd"], ["ann"], ["cyd"])).toEqual({
    fresh: ["ben", "cyd"],
    known: ["ann"],
    opposed: ["cyd"],
  });
});
