import { describe, expect, it } from "vitest";

import type { Changed } from "@/live/events";
import { amount, asked, chainSaid, concerned } from "@/screens/audit/filters";

const change: Changed = {
  environment: "production",
  revision: 7,
  action: "flag.edit",
  actor: { kind: "token", name: "ada" },
  at: "2026-11-26T12:00:00Z",
  documents: [
    { kind: "flag", key: "checkout" },
    { kind: "segment", key: "beta" },
  ],
};

describe("a change that has just been made belongs to what is shown", () => {
  it.each([
    [{}, true],
    [{ env: "production" }, true],
    [{ env: "staging" }, false],
    [{ actor: "ada" }, true],
    [{ actor: "bob" }, false],
    [{ since: "2026-11-26T12:00:00Z" }, true],
    [{ since: "2026-11-26T12:00:01Z" }, false],
    [{ until: "2026-11-26T12:00:00Z" }, true],
    [{ until: "2026-11-26T11:59:59Z" }, false],
    [{ action: "flag" }, true],
    [{ action: "segment" }, false],
    [{ kind: "segment" }, true],
    [{ kind: "split" }, false],
    [{ key: "checkout" }, true],
    [{ kind: "segment", key: "checkout" }, false],
    [{ kind: "segment", key: "beta", env: "production", actor: "ada" }, true],
  ])("with %o: %s", (filters, belongs) => {
    expect(concerned(filters)(change)).toBe(belongs);
  });
});

describe("filters of the address", () => {
  it("drop what is no kind and no time", () => {
    expect(asked({ kind: "nonsense", since: "yesterday", key: "k" })).toEqual({ key: "k" });
    expect(amount({ kind: "nonsense", since: "yesterday", key: "k" })).toBe(1);
  });
});

describe("a chain in words", () => {
  it("says how much stands, or where it breaks and why", () => {
    const of = (more: object) =>
      chainSaid({
        environment: "production",
        revision: 3,
        ok: true,
        firstBroken: null,
        detail: null,
        ...more,
      });

    expect(of({})).toBe("all 3 changes stand as written");
    expect(of({ revision: 1 })).toBe("all 1 change stands as written");
    expect(of({ ok: false, firstBroken: 2, detail: "another hash" })).toBe(
      "broken at revision 2: another hash",
    );
  });
});
