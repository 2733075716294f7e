import { describe, expect, it } from "vitest";

import {
  copied,
  drawn,
  markersOf,
  moved,
  rangeOf,
  reading,
  tableOf,
  type ChartData,
} from "@/components/chart/model";

const percents: ChartData = {
  at: [10, 20, 30],
  series: [
    { label: "baseline", values: [1, null, 3] },
    { label: "candidate", values: [4, 5, 6] },
  ],
  bounds: [{ label: "alarm", value: 50 }],
  markers: [
    { at: 5, number: 1, text: "it began" },
    { at: 20, number: 2, text: "a step began" },
    { at: 99, number: 3, text: "it ended" },
  ],
};
const plain = { format: (value: number) => `${String(value)} %` };
const time = (at: number) => `t${String(at)}`;

describe("a chart", () => {
  it("is read out with the values of a moment and with what happened by then", () => {
    expect(reading(percents, 1, plain, time)).toBe("t20: baseline unknown, candidate 5 %. a step began.");
  });

  it("gives every marker to exactly one moment, the last one those that come after it", () => {
    const numbers = [0, 1, 2].map((index) => markersOf(percents, index).map(({ number }) => number));

    expect(numbers).toEqual([[1], [2], [3]]);
  });

  it("moves its cursor by keys and stays inside", () => {
    expect(["ArrowLeft", "ArrowRight", "Home", "End", "x"].map((key) => moved(key, 0, 3))).toEqual([
      0,
      1,
      0,
      2,
      null,
    ]);
    expect(moved("End", 0, 0)).toBeNull();
  });

  it("has a table of the same points, which can be copied", () => {
    const table = tableOf(percents, plain, time);

    expect(table.head).toEqual(["Time", "baseline", "candidate", "What happened"]);
    expect(table.rows[0]).toEqual(["t10", "1 %", "4 %", "it began."]);
    expect(copied(table).split("\n")).toHaveLength(4);
  });

  it("shows its bounds, whatever the values are", () => {
    expect(rangeOf(percents, plain)[1]).toBeGreaterThan(50);
    expect(rangeOf({ at: [], series: [] }, plain)[1]).toBeGreaterThan(0);
  });

  it("draws what is out of sight at the edge, and keeps what is unknown unknown", () => {
    expect(drawn([1e-9, null, 1e12], { ...plain, edges: [1e-3, 1e6] })).toEqual([1e-3, null, 1e6]);
  });

  it("spans whole powers where it is logarithmic", () => {
    const evidence = {
      at: [1],
      series: [{ label: "e", values: [0.03] }],
      bounds: [{ label: "a", value: 100 }],
    };

    expect(rangeOf(evidence, { ...plain, logarithmic: true })).toEqual([0.01, 1000]);
  });
});
