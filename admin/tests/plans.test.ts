import { describe, expect, it } from "vitest";

import {
  blankPlan,
  changedItem,
  freeName,
  grown,
  judgedBy,
  movedItem,
  newGate,
  parsedPlan,
  renamed,
  weighed,
  withoutTarget,
} from "@/components/plan/edit";
import { boundWords, moveWords, waitWords } from "@/components/plan/plan-words";
import type { Plan, PlanTarget } from "@/components/plan/types";
import { freezeBody, formOf, isWhole } from "@/screens/freezes/form-state";
import { standing, weeklyWords } from "@/screens/freezes/words";
import { bodyOf, documentOf } from "@/screens/plan/document";
import { firstMove } from "@/screens/rollout-new/begun";
import { factsBody, USUAL, weightsFault } from "@/screens/rollout-new/facts";

const edge: PlanTarget = {
  name: "edge",
  kind: "split",
  key: "checkout",
  candidate: "canary",
  baseline: "stable",
};
const plan: Plan = blankPlan(edge);

describe("editing a plan", () => {
  it("moves a step to another place and loses none", () => {
    expect(movedItem(["a", "b", "c"], 2, 0)).toEqual(["c", "a", "b"]);
    expect(movedItem(["a", "b"], 0, 1)).toEqual(["b", "a"]);
    expect(movedItem(["a"], 0, -1)).toEqual(["a"]);
    expect(movedItem(["a"], 0, 1)).toEqual(["a"]);
  });

  it("keeps whatever the form does not show", () => {
    const hook = { url: "https://deploy.example/x", deadline: "9m" };
    const steps = changedItem<Plan["steps"][number]>([{ hook, weights: { edge: { a: 1, b: 99_999 } } }], 0, {
      hold: "1h",
    });

    expect(steps).toEqual([{ hook, weights: { edge: { a: 1, b: 99_999 } }, hold: "1h" }]);
  });

  it("adds a step half way to everybody, which has the hold of the last one", () => {
    const short: Plan = { ...plan, steps: [{ weights: { edge: 10_000 }, hold: "5m" }] };

    expect(grown(short).steps[1]).toEqual({ weights: { edge: 55_000 }, hold: "5m" });
    expect(grown(plan).steps[2]?.weights).toEqual({ edge: 100_000 });
  });

  it("leaves a target out of a step, or weighs it", () => {
    expect(weighed({ weights: { edge: 1, code: 2 } }, "edge", null).weights).toEqual({ code: 2 });
    expect(weighed({}, "edge", 7).weights).toEqual({ edge: 7 });
  });

  it("carries weights over to the new name of a target, and drops those of one that is gone", () => {
    expect(renamed(plan, 0, "web").steps[0]?.weights).toEqual({ web: 10_000 });
    expect(withoutTarget(plan, 0).steps.map(({ weights }) => weights)).toEqual([{}, {}]);
  });

  it("finds names that are free", () => {
    expect(freeName([{ name: "edge" }, { name: "edge-2" }], "edge")).toBe("edge-3");
  });

  it("gives a gate what its kind cannot be without", () => {
    expect(newGate([], "smoke").checks).toHaveLength(1);
    expect(newGate([], "webhook").hook).toBeDefined();
    expect(newGate([], "approval")).toEqual({ name: "approval", kind: "approval" });
  });

  it("judges by nothing without a metric, and keeps the rest of an analysis", () => {
    const judged: Plan = { ...plan, analysis: { metrics: [], alpha: 0.05 } };
    const metric = { name: "errors", kind: "errors", source: "own" } as const;

    expect(judgedBy(judged, [metric]).analysis).toEqual({ metrics: [metric], alpha: 0.05 });
    expect(judgedBy(judged, []).analysis).toBeNull();
  });

  it("takes JSON only once it has the outline of a plan", () => {
    expect(parsedPlan("{").fault).toBeTruthy();
    expect(parsedPlan("[]").fault).toBe("A plan is an object.");
    expect(parsedPlan('{"targets": []}').fault).toBe("“steps” has to be a list.");
    expect(parsedPlan(JSON.stringify(plan)).plan).toEqual(plan);
  });
});

describe("a plan in words", () => {
  it("says what a step moves and what it waits for", () => {
    const step = { weights: { edge: 5000 }, hold: "15m", gates: [newGate([], "share")] };

    expect(moveWords(step, [edge])).toBe("canary 5 %");
    expect(waitWords(step)).toBe("holds 15m and share that arrives “share”");
    expect([moveWords({}, []), waitWords({})]).toEqual(["nothing moves", "goes on at once"]);
  });

  it("says where a metric becomes a verdict", () => {
    const metric = { name: "m", source: "own" };

    expect(boundWords({ ...metric, kind: "errors" })).toBe("guard: 2 times");
    expect(boundWords({ ...metric, kind: "latency", bound: "300ms" })).toBe(
      "guard: 1.5 times, slow is over 300ms",
    );
    expect(boundWords({ ...metric, kind: "value", minimum: 1, maximum: 3 })).toBe("at least 1 and at most 3");
  });
});

describe("a plan as a document", () => {
  it("goes into the form and back without losing a member", () => {
    const stored = {
      ...plan,
      key: "c",
      name: null,
      owner: "web",
      tags: ["a"],
      format: 1,
      later: { x: 1 },
      version: 4,
    };
    const body = bodyOf(documentOf(stored as never));

    expect(body).toEqual({
      ...plan,
      key: "c",
      name: null,
      description: null,
      owner: "web",
      tags: ["a"],
      format: 1,
      later: { x: 1 },
    });
  });
});

describe("a new rollout", () => {
  it("sends a strategy only the facts that it takes", () => {
    const facts = { ...USUAL, hookUrl: "https://x", judged: false };

    expect(factsBody(facts, [edge])).not.toHaveProperty("hook");
    expect(factsBody({ ...facts, strategy: "recreate" }, [edge])).toMatchObject({
      hook: { url: "https://x" },
    });
    expect(factsBody(facts, [edge])).toMatchObject({
      weights: [5000, 10_000, 25_000, 50_000, 75_000, 100_000],
    });
    expect(factsBody({ ...facts, strategy: "rolling" }, [edge])).not.toHaveProperty("weights");
  });

  it("wants shares that grow up to everybody", () => {
    expect(weightsFault("5, 25, 100")).toBeNull();
    expect(weightsFault("25, 5, 100")).toBe("They grow, and the last one is 100");
    expect(weightsFault("5, lots")).toBe("Percents, apart by commas: 5, 25, 100");
  });

  it("says who moves first, beside what is so now", () => {
    const place = { kind: "split", key: "checkout", options: [], baseline: "stable", enabled: true } as const;
    const words = firstMove(plan, [{ ...place, weights: { canary: 2000, stable: 98_000 } }]);

    expect(words).toContain("canary 10 % (canary of checkout has 2 % now)");
    expect(firstMove({ ...plan, steps: [{}] }, [])).toBe("No step moves anybody.");
  });
});

describe("freezes", () => {
  const freeze = { key: "sale", reason: "the sale", from: null, until: "2026-12-01T00:00:00Z", weekly: null };

  it("hold, come, or are over", () => {
    const stored = { ...freeze, from: "2026-11-01T00:00:00Z" } as never;
    const at = (text: string) => standing(stored, Date.parse(text));

    expect([at("2026-10-01T00:00:00Z"), at("2026-11-15T00:00:00Z"), at("2026-12-01T00:00:00Z")]).toEqual([
      "comes",
      "holds",
      "over",
    ]);
  });

  it("say when a window ends on the next day", () => {
    const week = { weekdays: ["friday" as const], start: "14:00", end: "00:00", zone: "Europe/Berlin" };

    expect(weeklyWords(week)).toBe("every Friday, 14:00 to 00:00 of the next day (Europe/Berlin)");
    expect(weeklyWords({ ...week, end: "18:00" })).toBe("every Friday, 14:00 to 18:00 (Europe/Berlin)");
  });

  it("go into the form and back", () => {
    const form = formOf(freeze as never);

    expect(form.mode).toBe("span");
    expect(freezeBody(form, { ...freeze, owner: "web", tags: ["x"] } as never)).toMatchObject({
      until: "2026-12-01T00:00:00.000Z",
      from: null,
      weekly: null,
      owner: "web",
      tags: ["x"],
    });
    expect(isWhole({ ...form, until: "" })).toBe(false);
  });
});
