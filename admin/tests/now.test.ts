import { describe, expect, it } from "vitest";

import type { RolloutLine, System } from "@/api/service";
import { headline, published, troubles } from "@/components/health";
import { concerns, deeds, inWords, pulse, summary, urgentFirst, wentBack } from "@/screens/now/words";

const NOW = Date.parse("2026-03-02T12:00:00Z");
const ok = { status: "ok", value: "1 ms", since: null } as const;
const system = {
  status: "ok",
  reasons: [],
  database: { ...ok, kind: "sqlite" },
  redis: ok,
  disk: ok,
  memory: ok,
  confirmation: ok,
} as unknown as System;
const line = (members: Partial<RolloutLine>) =>
  ({
    environment: "production",
    key: "r",
    phase: "baking",
    since: "2026-03-02T11:00:00Z",
    attention: false,
    attentionReason: null,
    endedAt: null,
    verdict: { kind: "unknown", reason: "" },
    deployment: { status: "started" },
    summary: "Goes on.",
    ...members,
  }) as RolloutLine;
const known = { system, active: [], ended: [], bindings: [], now: NOW };

describe("the first glance", () => {
  it("is well when nothing is to be looked at", () => {
    expect(pulse(concerns(known))).toEqual({ title: "All is well", tone: "ok" });
  });

  it("names the service that is degraded before the rollout that waits", () => {
    const down = { ...system, status: "degraded", redis: { ...ok, status: "down" } } as unknown as System;
    const waits = line({ attention: true, attentionReason: "Waits for somebody." });

    const found = concerns({ ...known, system: down, active: [waits] });

    expect(found.map(({ to }) => to)).toEqual(["/system", "/rollouts/$env/$key"]);
    expect(found[0]?.text).toContain("Redis is down");
    expect(pulse(found).title).toBe("2 things to look at");
  });

  it("is bad while a candidate is unhealthy", () => {
    const bad = line({ attention: true, verdict: { kind: "unhealthy", reason: "" } });

    expect(pulse(concerns({ ...known, active: [bad] })).tone).toBe("bad");
  });

  it("remembers what was rolled back for a day", () => {
    const back = line({ phase: "rolled-back", endedAt: "2026-03-01T12:00:00Z" });
    const older = line({ phase: "rolled-back", endedAt: "2026-03-01T11:59:59Z" });
    const fine = line({ phase: "succeeded", endedAt: "2026-03-02T11:00:00Z" });

    expect(wentBack([back, older, fine], NOW)).toEqual([back]);
  });

  it("puts what needs somebody first, then what moved last", () => {
    const old = line({ key: "old", since: "2026-03-01T00:00:00Z" });
    const fresh = line({ key: "fresh" });
    const needs = line({ key: "needs", attention: true, since: "2026-02-01T00:00:00Z" });

    expect(urgentFirst([old, fresh, needs]).map(({ key }) => key)).toEqual(["needs", "fresh", "old"]);
  });

  it("sums up who holds the present revisions", () => {
    const delivery = { revision: 3, clients: 2, current: 1, slowestMs: null, behind: [], sentence: "" };

    expect(summary([line({})], [delivery, delivery])).toBe(
      "1 rollout under way; 2 of 4 clients at the present revision.",
    );
    expect(summary([], [{ ...delivery, current: 2 }])).toBe(
      "No rollout under way; all 2 clients at the present revision.",
    );
  });
});

describe("what happened", () => {
  const entry = (environment: string, revision: number, requestId: string) => ({
    id: `${environment}:${String(revision)}`,
    environment,
    revision,
    at: "2026-03-02T11:00:00Z",
    actor: { kind: "token", name: "ann", requestId, tokenId: null, address: null, via: null },
    reason: "",
    action: "flag.create",
    editCount: 1,
    previousHash: "",
    hash: "",
    edits: [{ kind: "flag", key: "a", action: "create" }],
    before: null,
    after: null,
  });

  it("is one deed for all that one request wrote", () => {
    const found = deeds([
      entry("production", 4, "x"),
      entry("_catalog", 9, "x"),
      entry("production", 3, "y"),
    ]);

    expect(found.map(({ who, verb, flags, environments }) => [who, verb, flags, environments])).toEqual([
      ["ann", "created", ["a"], ["production"]],
      ["ann", "created", ["a"], ["production"]],
    ]);
    expect(found[0]?.shown).toEqual({ environment: "production", revision: 4 });
  });

  it("has no document to show where definitions alone changed", () => {
    expect(deeds([entry("_catalog", 9, "x")])[0]?.shown).toBeNull();
  });

  it("is told in words, the rest counted", () => {
    const before = { enabled: false, owner: "a", name: "n", description: "d" };
    const after = { enabled: true, owner: "b", name: "m", description: "e" };
    const change = {
      ...entry("production", 4, "x"),
      edits: [{ kind: "flag", key: "a", action: "edit", before, after }],
    };

    const words = inWords(change, "a");

    expect(words).toContain("State: off → on");
    expect(words).toMatch(/and 2 more$/);
    expect(inWords(change, "another")).toBe("");
  });
});

describe("health", () => {
  it("says what is missing while it is not ready", () => {
    const unready = { ...system, status: "unready", reasons: ["no snapshot yet"] } as unknown as System;

    expect(headline(unready)).toEqual({ title: "Not ready: no snapshot yet", tone: "bad" });
  });

  it("says what still works without what is gone", () => {
    const down = { ...system, database: { ...ok, kind: "postgresql", status: "down" } } as unknown as System;

    expect(troubles(down).map(({ name }) => name)).toEqual(["Database (postgresql)"]);
    expect(troubles(down)[0]?.meanwhile).toContain("Decisions go on from memory");
  });

  it("tells how the copy in Redis stands", () => {
    const held = (publishedRevision: number | null) => ({ revision: 7, publishedRevision, ageSeconds: 1 });
    const off = { ...system, redis: { ...ok, status: "off" } } as unknown as System;

    expect(published(system, held(7)).word).toBe("in Redis");
    expect(published(system, held(5)).word).toBe("2 behind in Redis");
    expect(published(off, held(null)).word).toBe("no Redis");
  });
});
