import { describe, expect, it } from "vitest";

import { seenOf, standingOf } from "@/components/standing";
import { dangerOf, faultOf, sendable, swapTo, type Edited } from "@/screens/split/editing";
import { rounding } from "@/screens/split/routers/abilities";

const EDITED = {
  enabled: true,
  backends: ["blue", "green"],
  stable: "blue",
  default: { split: { weights: { blue: 100_000, green: 0 } } },
  rules: [],
  targets: [],
  force: null,
} as unknown as Edited;

describe("an edit of a split", () => {
  it("is sent without what is not set in its rules and listed units", () => {
    const rule = {
      id: "a",
      description: null,
      when: { attribute: "a", op: "in", values: [null] },
      serve: "blue",
    };
    const target = { variant: "blue", units: ["ann"], by: null };

    const sent = sendable({ ...EDITED, rules: [rule], targets: [target] } as unknown as Edited);

    expect(sent.rules).toEqual([
      { id: "a", when: { attribute: "a", op: "in", values: [null] }, serve: "blue" },
    ]);
    expect(sent.targets).toEqual([{ variant: "blue", units: ["ann"] }]);
    expect(sent.force).toBeNull();
  });

  it.each([
    [{ backends: [] }, "A split needs a backend."],
    [{ stable: "red" }, "The stable backend “red” is none of the backends."],
    [{ targets: [{ variant: "blue", units: [] }] }, "A list of units is empty."],
    [{ default: { split: { weights: { blue: 1 } } } }, "Every split has to make 100 % together."],
    [{}, null],
  ])("%o: %s", (part, fault) => {
    expect(faultOf({ ...EDITED, ...part } as unknown as Edited)).toBe(fault);
  });

  it("is dangerous when it gives everything away from stable, or switches off", () => {
    const all = (name: string) => ({ ...EDITED, default: { serve: name } }) as Edited;

    expect(dangerOf(EDITED, all("green"))).toBe("Everybody whom no rule takes gets green.");
    expect(dangerOf(all("green"), all("blue"))).toBeUndefined();
    expect(dangerOf(EDITED, { ...EDITED, enabled: false })).toMatch(/^Switched off/);
  });
});

it("is swapped only between two, one of which has everything", () => {
  const weights = (blue: number) =>
    ({ split: { weights: { blue, green: 100_000 - blue } } }) as unknown as Edited["default"];

  expect(swapTo({ backends: ["blue", "green"], default: weights(0) })).toBe("blue");
  expect(swapTo({ backends: ["blue", "green"], default: weights(50_000) })).toBeNull();
  expect(swapTo({ backends: ["blue", "green", "red"], default: weights(0) })).toBeNull();
});

it("says what rounding to a router's steps makes of weights, and nothing where it is exact", () => {
  const desired = (green: number, steps: Record<string, number>) => ({
    revision: "e.1",
    weights: { blue: 100_000 - green, green },
    steps,
  });

  expect(rounding(desired(12_000, { blue: 225, green: 31 }))).toBe(
    "told as blue 225 of 256 (87.891 %) and green 31 of 256 (12.109 %)",
  );
  expect(rounding(desired(50_000, { blue: 128, green: 128 }))).toBe("");
  expect(rounding(null)).toBe("");
});

describe("a binding", () => {
  const router = (part: object) => ({ standing: "applied", reachable: true, share: null, ...part });
  const applied = (part: object) =>
    standingOf({ enabled: true, status: { phase: "applied", routers: [router(part)] } } as never).word;

  it("says the worst that is known of its routers", () => {
    expect(applied({})).toBe("in force");
    expect(applied({ standing: "drifted" })).toBe("drift");
    expect(applied({ reachable: false })).toBe("unreachable");
    expect(applied({ share: { verdict: "off" } })).toBe("share is off");
  });

  it("says what is wanted and what is seen, to a tenth", () => {
    const share = { wanted: { stable: 75_000, canary: 25_000 }, seen: { stable: 75_370, canary: 24_630 } };

    expect(seenOf(share as never)).toEqual([
      "stable 75 % wanted, 75.4 % seen",
      "canary 25 % wanted, 24.6 % seen",
    ]);
  });
});
