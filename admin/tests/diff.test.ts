import { describe, expect, it } from "vitest";

import { difference } from "@/text/diff";

const split = (weights: Record<string, number>, allocation: unknown, salt = "s") => ({
  split: { weights, allocation, salt, by: "targetingKey" },
});

describe("a difference in words", () => {
  it("tells of a flag in the order of evaluation, whatever the order of its members", () => {
    const before = { default: { serve: "on" }, enabled: true, name: "Old" };
    const after = { name: "New", default: { serve: "off" }, enabled: false };

    expect(difference(before, after)).toEqual([
      { label: "State", before: "on", after: "off" },
      { label: "Default", before: "serve on", after: "serve off" },
      { label: "Name", before: "Old", after: "New" },
    ]);
  });

  it("tells who left and who joined a segment, not the whole list", () => {
    const found = difference({ included: ["a", "b"] }, { included: ["b", "c"] });

    expect(found).toEqual([
      { label: "Included units (removed → added)", before: "1 unit: a", after: "1 unit: c" },
    ]);
  });

  it("tells that a traffic split takes its unit from elsewhere", () => {
    const before = { unit: { headers: ["X-User-Id"], cookies: [], clientAddress: false } };
    const after = { unit: { headers: [], cookies: ["uid"], clientAddress: true } };

    expect(difference(before, after)).toEqual([
      { label: "Unit comes from", before: "header X-User-Id", after: "cookie uid then the client's address" },
    ]);
  });

  it("tells of a binding that another router follows, and until when it has to", () => {
    const before = { routers: ["edge"], deadlineSeconds: 60 };

    expect(difference(before, { routers: ["edge", "mesh"], deadlineSeconds: 90 })).toEqual([
      { label: "Routers", before: "edge", after: "edge and mesh" },
      { label: "Deadline", before: "1 min", after: "1 min 30 s" },
    ]);
  });

  it("tells of a plan step by step", () => {
    const first = { name: "5 %", weights: { edge: 5000 }, hold: "15m" };
    const gate = { name: "look", kind: "approval", title: "Looked at" };

    const found = difference(
      { steps: [first, { weights: { edge: 50_000 }, hold: "1h" }] },
      {
        steps: [
          first,
          { weights: { edge: 25_000 }, hold: "1h", gates: [gate] },
          { weights: { edge: 100_000 } },
        ],
      },
    );

    expect(found).toEqual([
      { label: "Step 2", before: "edge 50 %, hold 1h", after: "edge 25 %, hold 1h, “Looked at” (approval)" },
      { label: "Step 3", before: null, after: "edge 100 %" },
    ]);
  });

  it("tells that the same weights are given to other units", () => {
    const weights = { on: 20_000, off: 80_000 };
    const before = {
      default: split(weights, [
        ["on", 0, 20_000],
        ["off", 20_000, 100_000],
      ]),
    };
    const after = {
      default: split(weights, [
        ["off", 0, 80_000],
        ["on", 80_000, 100_000],
      ]),
    };

    expect(difference(before, before)).toEqual([]);
    expect(difference(before, after)).toEqual([
      {
        label: "Default, table",
        before: "on 0…20000 and off 20000…100000, salt s",
        after: "off 0…80000 and on 80000…100000, salt s",
      },
    ]);
  });

  it("tells nothing of a table that only the service knows", () => {
    const weights = { on: 20_000, off: 80_000 };

    expect(
      difference(
        { default: split(weights, [["on", 0, 20_000]]) },
        { default: { split: { weights, by: "targetingKey", salt: "s" } } },
      ),
    ).toEqual([]);
  });

  it("leaves out what is empty in a document that is new", () => {
    expect(difference(null, { key: "k", rules: [], tags: [], targets: [], owner: "me" })).toEqual([
      { label: "Owner", before: null, after: "me" },
    ]);
  });
});
