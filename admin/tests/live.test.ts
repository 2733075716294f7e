import { describe, expect, test } from "vitest";

import { concerns, topic } from "@/api/follows";
import { backoff } from "@/live/backoff";
import { missed, topicsOfChange, topicsOfMove } from "@/live/events";

const CHANGE = {
  environment: "production",
  revision: 7,
  action: "flag.edit",
  actor: { kind: "token", name: "ann" },
  at: "2026-11-26T10:00:00Z",
  documents: [{ kind: "flag", key: "checkout" }],
};

describe("a change", () => {
  const happened = topicsOfChange(CHANGE);
  const reaches = (followed: ReturnType<typeof topic>) => happened.some((each) => concerns(followed, each));

  test("reaches who follows its document, by key or by kind, there or anywhere", () => {
    expect(reaches(topic("flag", "production", "checkout"))).toBe(true);
    expect(reaches(topic("flag", "production"))).toBe(true);
    expect(reaches(topic("flag"))).toBe(true);
  });

  test("reaches nobody who follows another key, another environment or another kind", () => {
    expect(reaches(topic("flag", "production", "search"))).toBe(false);
    expect(reaches(topic("flag", "staging"))).toBe(false);
    expect(reaches(topic("segment", "production"))).toBe(false);
  });

  test("reaches the history of its environment and the matrix", () => {
    expect(reaches(topic("change", "production"))).toBe(true);
    expect(reaches(topic("change", "staging"))).toBe(false);
    expect(reaches(topic("matrix"))).toBe(true);
  });
});

describe("a rollout that moves", () => {
  const happened = topicsOfMove("rollout", { environment: "production", key: "checkout-1" });

  test("reaches who watches it, and the cells of the matrix, and no document", () => {
    expect(happened.some((each) => concerns(topic("rollout-status", "production", "checkout-1"), each))).toBe(
      true,
    );
    expect(happened.some((each) => concerns(topic("matrix"), each))).toBe(true);
    expect(happened.some((each) => concerns(topic("rollout", "production"), each))).toBe(false);
  });
});

describe("what was missed while the stream was away", () => {
  const at = (revision: number, epoch = "a") => ({ epoch, revision });

  test("is every environment with another revision or another epoch, new ones and lost ones", () => {
    const known = { same: at(3), moved: at(3), restored: at(3), lost: at(1) };
    const now = { same: at(3), moved: at(4), restored: at(3, "b"), fresh: at(1) };

    expect([...missed(known, now)].sort()).toEqual(["fresh", "lost", "moved", "restored"]);
  });
});

describe("the pause before the next attempt", () => {
  test("grows to fifteen seconds, is never nought, and is drawn anew by every tab", () => {
    const most = Array.from({ length: 12 }, (_, attempt) => backoff(attempt, () => 1));
    const least = Array.from({ length: 12 }, (_, attempt) => backoff(attempt, () => 0));

    expect(most).toEqual([...most].sort((a, b) => a - b));
    expect(Math.max(...most)).toBeLessThanOrEqual(15_250);
    expect(Math.min(...least)).toBeGreaterThan(0);
    expect(most[3]).toBeGreaterThan(least[3] ?? 0);
  });
});
