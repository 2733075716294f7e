import { describe, expect, it } from "vitest";

import { best, score } from "@/text/fuzzy";

const of = (...names: string[]) => names.map((haystack) => ({ haystack }));
const names = (items: readonly { haystack: string }[]) => items.map(({ haystack }) => haystack);

describe("finding by a part of the name", () => {
  it("puts the beginning of a word before its middle, and both before scattered letters", () => {
    const found = best(of("c-a-r-t", "a-big-cart", "cart", "scartle"), "cart", 9);

    expect(names(found)).toEqual(["cart", "a-big-cart", "scartle", "c-a-r-t"]);
  });

  it("finds letters in order with gaps, and nothing else", () => {
    expect(score("checkout-v2", "cov2")).toBeGreaterThan(0);
    expect(score("checkout-v2", "2voc")).toBe(0);
  });

  it("wants every word, in any order", () => {
    expect(names(best(of("kill checkout in production", "kill search in staging"), "prod kill", 9))).toEqual([
      "kill checkout in production",
    ]);
  });

  it("keeps the order among equals, and no more than is wanted", () => {
    expect(names(best(of("b1", "b2", "b3"), "", 2))).toEqual(["b1", "b2"]);
  });

  it("prefers what has a bonus among what fits as well", () => {
    const items = [{ haystack: "pay one" }, { haystack: "pay two", bonus: 50 }];

    expect(names(best(items, "pay", 9))).toEqual(["pay two", "pay one"]);
  });
});
