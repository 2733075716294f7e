import { describe, expect, it } from "vitest";

import { belonging } from "@/components/trace/sentences";
import type { ConditionTrace, SegmentTrace } from "@/components/trace/trace";

describe("a sentence of belonging", () => {
  const told = (trace: Partial<SegmentTrace>, matched: boolean) =>
    belonging(
      {
        matched,
        faults: [],
        trace: {
          segment: "beta",
          by: "targetingKey",
          unit: "ann",
          listed: "no",
          negate: false,
          outcome: "true",
          ...trace,
        },
      },
      "ann",
      "beta",
    );
  const german = (outcome: "true" | "false" | "unknown"): ConditionTrace => ({
    rightCount: null,
    attribute: "country",
    operator: "in",
    left: outcome === "true" ? "DE" : null,
    right: ["DE"],
    ignoreCase: false,
    negate: false,
    outcome,
  });

  it.each([
    [told({ listed: "included" }, true), "ann is in beta: included by name."],
    [told({ listed: "excluded", outcome: "false" }, false), "ann is not in beta: excluded by name."],
    [told({ when: german("true") }, true), "ann is in beta: country DE is one of DE."],
    [told({ when: german("false"), outcome: "false" }, false), "ann is not in beta: its condition is false."],
    [
      told({ when: german("unknown"), outcome: "unknown" }, false),
      "ann does not count as in beta: something that its condition asks for is not given.",
    ],
    [told({ outcome: "unknown" }, false), "ann does not count as in beta: targetingKey is not given."],
    [
      told({ outcome: "false" }, false),
      "ann is not in beta: none of its lists names it, and it has no condition.",
    ],
    [
      belonging({ matched: false, trace: null, faults: ["segment 'x' rests on itself"] }, "ann", "beta"),
      "ann does not count as in beta: no rule can use it, as segment 'x' rests on itself.",
    ],
  ])("%s", (said, expected) => {
    expect(said).toBe(expected);
  });
});
