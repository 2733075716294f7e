import { describe, expect, it } from "vitest";

import { evenly, moved, percent, proportioned, sum, WHOLE, weightOf, type Weights } from "@/text/weights";

/** A repeatable source of chance (xorshift32), so that a failure can be seen again. */
function chance(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

const NAMES = ["a", "b", "c", "d", "e"];

function random(next: () => number): Weights {
  const names = NAMES.slice(0, 2 + Math.floor(next() * 4));
  return proportioned(Object.fromEntries(names.map((name) => [name, Math.floor(next() * 1000)])), WHOLE);
}

describe("moving a share", () => {
  it("keeps the sum whole and every weight a share, whatever is moved, however often", () => {
    for (let seed = 1; seed < 400; seed += 1) {
      const next = chance(seed);
      let weights = random(next);
      for (let step = 0; step < 20; step += 1) {
        const names = Object.keys(weights);
        const name = names[Math.floor(next() * names.length)] ?? "a";
        const locked = names.filter((other) => other !== name && next() < 0.3);

        const after = moved(weights, name, Math.floor(next() * 1.4 * WHOLE) - 0.2 * WHOLE, locked);

        expect(sum(after)).toBe(WHOLE);
        expect(Object.values(after).every((weight) => Number.isInteger(weight) && weight >= 0)).toBe(true);
        expect(locked.every((other) => after[other] === weights[other])).toBe(true);
        weights = after;
      }
    }
  });

  it("gives exactly what is asked for, as far as the others can give it", () => {
    expect(moved({ on: 10_000, off: 90_000 }, "on", 25_001)).toEqual({ on: 25_001, off: 74_999 });
    expect(moved({ a: 50_000, b: 30_000, c: 20_000 }, "a", 80_000, ["b"])).toEqual({
      a: 70_000,
      b: 30_000,
      c: 0,
    });
    expect(moved({ a: 40_000, b: 60_000 }, "a", 50_000, ["b"])).toEqual({ a: 40_000, b: 60_000 });
  });

  it("takes from the others in proportion to what they have", () => {
    expect(moved({ a: 0, b: 75_000, c: 25_000 }, "a", 20_000)).toEqual({ a: 20_000, b: 60_000, c: 20_000 });
  });
});

describe("distributing evenly", () => {
  it("is whole for any number of names, to the bucket, and leaves what is locked", () => {
    for (let count = 1; count <= 100; count += 1) {
      const names = Array.from({ length: count }, (_, i) => `v${String(i)}`);
      const shares = Object.values(evenly(names));

      expect(shares.reduce((a, b) => a + b, 0)).toBe(WHOLE);
      expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
    }
    expect(evenly(["a", "b", "c"], { a: 90_001 })).toEqual({ a: 90_001, b: 5000, c: 4999 });
  });
});

describe("percent as people write it", () => {
  it("comes back as the same weight, for every weight", () => {
    for (let weight = 0; weight <= WHOLE; weight += 1) {
      if (weightOf(percent(weight)) !== weight) expect.fail(`${String(weight)} became ${percent(weight)}`);
    }
  });

  it("is refused where it is no share or finer than a bucket", () => {
    for (const text of ["", "-1", "100.001", "0.0001", "1e2", "ten", "1.2.3"])
      expect(weightOf(text)).toBeNull();
    expect(weightOf(" 12,5 % ")).toBe(12_500);
  });
});
