import { describe, expect, it } from "vitest";

import type { Schemas } from "@/api/client";
import { figure, measured, rate, towards } from "@/text/measures";
import { evidenceData, rateData, shareData } from "@/screens/rollout/chart-data";
import { commandOf, offered } from "@/screens/rollout/commands";
import { candidateWeight, holdPart, rungs, stepWords, wantedNow } from "@/screens/rollout/ladder-state";
import { eventWords, jsonLines, measuredRows } from "@/screens/rollout/log-words";
import { matching, urgentFirst } from "@/screens/rollouts/filter";

type Status = Schemas["RolloutStatus"];

const target: Schemas["RolloutTarget"] = {
  name: "edge",
  kind: "split",
  key: "checkout",
  rule: null,
  candidate: "canary",
  baseline: "stable",
  weight: 5000,
  standing: "applied",
  observed: null,
  revisionBefore: 3,
  detail: "",
};

function step(number: number, weight: number, state: "done" | "current" | "next"): Schemas["StepStatus"] {
  const name = `${String(weight / 1000)} %`;
  return { number, name, weights: { edge: weight }, holdSeconds: 60, state, say: "", gates: [], hook: null };
}

function status(part: Partial<Status> = {}): Status {
  return {
    phase: "baking",
    since: null,
    summary: "",
    cause: "",
    frozen: "",
    step: 2,
    steps: [step(1, 5000, "done"), step(2, 25_000, "current"), step(3, 100_000, "next")],
    holdEndsAt: null,
    targets: [target],
    gates: [],
    verdict: {
      kind: "healthy",
      reason: "",
      metric: null,
      e: 1,
      p: 1,
      proven: false,
      warnings: [],
      metrics: [],
    },
    exposure: null,
    commands: ["pause", "promote", "promote-full", "abort", "roll-back"],
    startAt: null,
    startedAt: null,
    endedAt: null,
    rollback: null,
    downtime: "",
    reminder: "",
    ...part,
  };
}

describe("the ladder", () => {
  it("tells what is done, what goes on and what comes next", () => {
    expect(rungs(status()).map(({ state }) => state)).toEqual(["done", "current", "next"]);
  });

  it("says of a rollout that went back where it stopped and what it never reached", () => {
    const states = rungs(status({ phase: "rolled-back" })).map(({ state }) => state);

    expect(states).toEqual(["done", "stopped", "left"]);
  });

  it("names what a step moves, and how long it holds", () => {
    expect(rungs(status())[1]).toMatchObject({ moves: ["canary 25 %"], hold: "holds 1 min" });
  });

  it("reads the candidate out of the weights of a whole place, where what is not named has nothing", () => {
    expect(candidateWeight({ canary: 7, stable: 99_993 }, "canary")).toBe(7);
    expect(candidateWeight({ stable: 100_000 }, "canary")).toBe(0);
    expect(candidateWeight(undefined, "canary")).toBeNull();
  });

  it("wants of a target what the last step that moved it said", () => {
    const quiet = { ...step(2, 0, "current"), weights: {} };
    const steps = [step(1, 5000, "done"), quiet];

    expect(wantedNow(status({ steps }), target)).toBe(5000);
    expect(wantedNow(status({ endedAt: "2026-01-01T00:00:00Z" }), target)).toBeNull();
  });

  it("counts a hold down between nothing and all of it", () => {
    const end = Date.parse("2026-01-01T00:01:00Z");
    const holding = status({ holdEndsAt: "2026-01-01T00:01:00Z" });

    expect(holdPart(holding, end - 15_000)).toBe(0.75);
    expect(holdPart(holding, end + 5000)).toBe(1);
    expect(holdPart(status(), end)).toBeNull();
  });
});

describe("commands", () => {
  it("are offered only where the service takes them, with one way back", () => {
    expect(offered(status()).map(({ label }) => label)).toEqual([
      "Promote",
      "Pause",
      "Promote to 100 %",
      "Abort and roll back",
    ]);
    expect(offered(status({ commands: [] }))).toEqual([]);
  });

  it("call it aborting while nothing was moved", () => {
    const idle = { ...target, standing: "idle", weight: null };

    expect(offered(status({ targets: [idle], commands: ["abort", "roll-back"] }))[0]?.label).toBe("Abort");
  });

  it("have a key each, and none that cannot be asked", () => {
    expect(commandOf("p", status())?.order).toBe("promote");
    expect(commandOf(" ", status())?.order).toBe("pause");
    expect(commandOf(" ", status({ commands: ["resume"] }))?.order).toBe("resume");
    expect(commandOf("a", status({ commands: ["pause"] }))).toBeUndefined();
  });

  it("say what a promotion begins", () => {
    expect(stepWords(status(), 3)).toBe(
      "Step 3 (100 %) begins: canary of split checkout gets 100 % instead of 5 %.",
    );
  });

  it("warn of a promotion that does not wait for a gate, or that reaches everybody", () => {
    const promote = commandOf("p", status());
    const gate = {
      name: "look",
      kind: "approval",
      title: "Looked",
      standing: "open",
      detail: "",
      by: "",
      tries: 0,
    };

    expect(promote?.danger?.(status({ step: 1, gates: [gate as Schemas["GateStatus"]] }))).toContain(
      "“Looked”",
    );
    expect(promote?.danger?.(status())).toBe("Everybody gets canary.");
    expect(promote?.danger?.(status({ step: 1 }))).toBe("");
  });
});

function point(at: string, weight: number | null, e: number, events: number): Schemas["TimelinePoint"] {
  const window = {
    start: at,
    end: at,
    baseline: 0.01,
    candidate: 0.02,
    baselineEvents: 3 * events,
    candidateEvents: events,
  };
  const metric = {
    metric: "errors",
    kind: "healthy",
    e,
    proof: 1,
    ratio: 2,
    baseline: 0.01,
    candidate: 0.02,
    detail: "",
  };
  const metrics = events ? [{ ...metric, window }] : [];
  return {
    at,
    phase: "baking",
    step: 1,
    targets: { edge: { weight, observed: null } },
    verdict: "healthy",
    e,
    metrics,
  };
}

const timeline: Schemas["Timeline"] = {
  points: [point("2026-01-01T00:00:00Z", null, 1, 0), point("2026-01-01T00:00:10Z", 25_000, 2, 100)],
  markers: [{ at: "2026-01-01T00:00:05Z", kind: "rollback", text: "everything goes back", by: "kim" }],
  bounds: { alpha: 0.01, alarm: 100, beta: 0.05, proof: 20, guards: { errors: 2 }, limits: {} },
  held: "",
};

describe("the charts of a rollout", () => {
  it("set what was told beside the part that the metric saw", () => {
    const { series, markers } = shareData(timeline, "edge", true);

    expect(series.map(({ label, values }) => [label, values])).toEqual([
      ["told", [null, 25]],
      ["judged events", [null, 25]],
    ]);
    expect(markers).toEqual([{ at: 1767225605, number: 1, text: "everything goes back (kim)", tone: "bad" }]);
  });

  it("leave out moments in which nothing was measured", () => {
    expect(rateData(timeline, "errors").at).toEqual([1767225610]);
    expect(rateData(timeline, "unheard-of").at).toEqual([]);
  });

  it("have the alarm as the bound of the evidence", () => {
    expect(evidenceData(timeline)).toMatchObject({
      series: [{ label: "errors", values: [2] }],
      bounds: [{ label: "alarm at 100", value: 100 }],
    });
  });
});

describe("measures", () => {
  it("have three digits that count", () => {
    expect([rate(0.00312), rate(0.12), figure(72_114.2), figure(0), measured(null, "errors")]).toEqual([
      "0.312 %",
      "12 %",
      "72,100",
      "0",
      "unknown",
    ]);
  });

  it("grow towards the alarm on the scale of evidence", () => {
    expect([0.1, 1, 10, 100, 1e9].map((e) => towards(e, 100))).toEqual([0, 0, 0.5, 1, 1]);
  });
});

describe("the log", () => {
  it("says events in words, and one that it does not know by its name", () => {
    const command = { event: "command", order: "pass", gate: "tests", by: "kim", reason: "all green" };

    expect(eventWords(command)).toBe("kim asked for pass the gate “tests”: all green");
    expect(eventWords({ event: "dreamt" })).toBe("dreamt");
  });

  it("tables the inputs of a verdict, and says what is missing", () => {
    const arm = { events: 1008, bad: 6, total: 0, value: null };
    const event = {
      event: "measured",
      measurements: [
        { metric: "errors", start: 0, end: 5, baseline: arm, candidate: { ...arm, events: 0 }, missing: "" },
        { metric: "latency", start: 0, end: 5, baseline: null, candidate: null, missing: "no data" },
      ],
    };

    expect(measuredRows(event)).toEqual([
      {
        metric: "errors",
        window: "1970-01-01T00:00:00Z to 1970-01-01T00:00:05Z",
        baseline: "6 bad of 1,008",
        candidate: "no events",
      },
      {
        metric: "latency",
        window: "1970-01-01T00:00:00Z to 1970-01-01T00:00:05Z",
        baseline: "no data",
        candidate: "no data",
      },
    ]);
  });

  it("is copied in the order in which it happened", () => {
    expect(jsonLines([{ number: 2 }, { number: 1 }])).toBe('{"number":1}\n{"number":2}');
  });
});

describe("the list", () => {
  const line = (key: string, attention: boolean) =>
    ({
      key,
      environment: "production",
      name: null,
      strategy: "canary",
      phase: "baking",
      attention,
      targets: [{ key: "checkout", candidate: "canary" }],
      deployment: { version: "2.4.0" },
    }) as unknown as Schemas["RolloutLine"];
  const lines = [line("alpha", false), line("bravo", true)];

  it("finds every word, wherever it stands", () => {
    expect(matching(lines, { q: "2.4 CHECK bravo" }).map(({ key }) => key)).toEqual(["bravo"]);
    expect(matching(lines, { env: "staging" })).toEqual([]);
    expect(matching(lines, {})).toHaveLength(2);
  });

  it("has first what somebody has to look at", () => {
    const { urgent, calm } = urgentFirst(lines);

    expect([urgent, calm].map((part) => part.map(({ key }) => key))).toEqual([["bravo"], ["alpha"]]);
  });
});
