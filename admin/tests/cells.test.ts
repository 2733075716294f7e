import { describe, expect, it } from "vitest";

import { cellSaid, shares, type Cell } from "@/text/cells";

const CELL: Cell = {
  enabled: true,
  state: "on",
  serves: "on",
  weights: null,
  rules: 0,
  targets: 0,
  version: 3,
  changedAt: "2026-11-01T10:00:00Z",
  changedBy: "anna",
  rollout: null,
  lastEvaluatedAt: null,
  uses: null,
};

describe("a flag in one environment, in a word", () => {
  it.each<[string, Partial<Cell>, string, string]>([
    ["ON", {}, "ok", "On: everybody gets on."],
    ["all blue", { serves: "blue" }, "ok", "On: everybody gets blue."],
    ["OFF", { state: "off", serves: "off" }, "quiet", "Off: everybody gets off."],
    ["25 %", { state: "split", weights: { on: 25_000, off: 75_000 } }, "info", "Split: on 25 % / off 75 %."],
    ["3 rules", { state: "rules", rules: 3, serves: "off" }, "info", "3 rules; everybody else: off."],
    [
      "1 rule and 2 lists, 12.5 %",
      { state: "rules", rules: 1, targets: 2, serves: null, weights: { off: 87_500, on: 12_500 } },
      "info",
      "1 rule and 2 lists; everybody else: off 87.5 % / on 12.5 %.",
    ],
  ])("says %s", (word, some, tone, sentence) => {
    expect(cellSaid({ ...CELL, ...some })).toEqual({ word, tone, sentence });
  });

  it("says how far a rollout is, and when it waits or goes back", () => {
    const rollout = { key: "r1", phase: "baking", step: 2, steps: 5, weight: 10_000, nextWeight: 50_000 };
    const said = (some: object) => cellSaid({ ...CELL, state: "rollout", rollout: { ...rollout, ...some } });

    expect(said({})).toEqual({
      word: "rolling 10 → 50 %",
      tone: "info",
      sentence: "Rollout r1: baking at 10 %, step 2 of 5, next 50 %.",
    });
    expect(said({ phase: "paused" })).toMatchObject({ word: "paused 10 → 50 %", tone: "warn" });
    expect(said({ step: null, weight: null, nextWeight: 500 })).toMatchObject({ word: "rolling 0 → 0.5 %" });
    expect(said({ nextWeight: null })).toMatchObject({ word: "rolling 10 %, 2/5" });
    expect(said({ phase: "rolling-back", step: null, weight: null, nextWeight: null })).toMatchObject({
      word: "rolling back",
    });
  });

  it("keeps several shares in their order, and counts where there are many", () => {
    expect(shares({ a: 40_000, b: 30_000, c: 30_000 })).toBe("40 / 30 / 30 %");
    expect(shares({ on: 20_000, off: 70_000, maybe: 10_000 })).toBe("20 / 70 / 10 %");
    expect(shares({ a: 20_000, b: 20_000, c: 20_000, d: 20_000, e: 20_000 })).toBe("5 variants");
  });
});
