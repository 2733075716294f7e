import { describe, expect, it } from "vitest";

import type { Client, StaleFlag } from "@/api/service";
import { dangerOf, endOf, stateOf, type Token } from "@/screens/access/words";
import { ordered, placeOf, receipt, revisionIn, sought } from "@/screens/clients/standing";
import { demands } from "@/screens/hygiene/archive";
import { codesOf, ownedBy, ownersOf, steps } from "@/screens/hygiene/words";

const NOW = Date.parse("2026-03-02T12:00:00Z");

describe("clients", () => {
  const client = (id: string, revision: number, application = "shop") =>
    ({ client: id, revision, application, sdk: "python 0.9", lastSeenAt: "2026-03-02T12:00:00Z" }) as Client;

  it("stand at the revision, behind it, or in another history", () => {
    const late = new Set(["b", "c"]);

    expect(placeOf(client("a", 7), 7, late).word).toBe("there");
    expect(placeOf(client("b", 5), 7, late).word).toBe("2 behind");
    expect(placeOf(client("c", 9), 7, late).word).toBe("another history");
  });

  it("come in the order of their lag", () => {
    const found = ordered([client("a", 7), client("b", 6), client("c", 2)], new Set(["b", "c"]));

    expect(found.map(({ client: id }) => id)).toEqual(["c", "b", "a"]);
  });

  it("are found by application, SDK or id", () => {
    const all = [client("a1", 7, "Shop"), client("b2", 7, "api")];

    expect(sought(all, " sho")).toHaveLength(1);
    expect(sought(all, "PYTHON")).toHaveLength(2);
    expect(sought(all, "b2")).toHaveLength(1);
  });

  it("confirm a revision, or are waited for", () => {
    const delivery = { revision: 7, clients: 3, current: 3, slowestMs: 1200, behind: [], sentence: "" };

    expect(receipt(delivery).sentence).toContain("The slowest had it 1 s after the change.");
    expect(receipt({ ...delivery, current: 2 }).sentence).toContain("1 process did not confirm it yet.");
    expect(receipt({ ...delivery, clients: 0, current: 0 }).tone).toBe("quiet");
  });

  it("routers say their revision behind an epoch", () => {
    expect(revisionIn("01a2-xyz.42")).toBe(42);
    expect(revisionIn(null)).toBeNull();
    expect(revisionIn("nothing")).toBeNull();
  });
});

describe("tokens", () => {
  const token = (members: Partial<Token>) =>
    ({ kind: "sdk", revokedAt: null, expiresAt: null, usedAt: null, ...members }) as Token;

  it("are valid, end soon, or are over", () => {
    expect(stateOf(token({}), NOW).word).toBe("valid");
    expect(stateOf(token({ expiresAt: "2026-03-09T12:00:00Z" }), NOW).word).toBe("ends soon");
    expect(stateOf(token({ expiresAt: "2026-03-09T12:00:01Z" }), NOW).word).toBe("valid");
    expect(stateOf(token({ expiresAt: "2026-03-02T12:00:00Z" }), NOW)).toMatchObject({
      word: "expired",
      over: true,
    });
    expect(stateOf(token({ revokedAt: "2026-03-01T12:00:00Z" }), NOW).word).toBe("revoked");
  });

  it("are dangerous to end when somebody works with them", () => {
    expect(dangerOf(token({}), false, NOW)).toBe("");
    expect(dangerOf(token({ usedAt: "2026-03-02T11:00:00Z" }), false, NOW)).toContain("within a day");
    expect(dangerOf(token({ usedAt: "2026-02-02T11:00:00Z" }), false, NOW)).toBe("");
    expect(dangerOf(token({ kind: "admin" }), false, NOW)).not.toBe("");
    expect(dangerOf(token({}), true, NOW)).toContain("You are signed in");
  });

  it("end so many days from now, or never", () => {
    expect(endOf("30", NOW)).toBe("2026-04-01T12:00:00.000Z");
    expect(endOf("", NOW)).toBeNull();
  });
});

describe("hygiene", () => {
  const flag = (...codes: StaleFlag["reasons"][number]["code"][]) =>
    ({
      key: "old",
      owner: "growth",
      reasons: codes.map((code) => ({ code, detail: "", environment: null, since: "" })),
    }) as unknown as StaleFlag;

  it("names each reason once", () => {
    expect(codesOf(flag("fully-rolled-out", "fully-rolled-out", "expired"))).toEqual([
      "fully-rolled-out",
      "expired",
    ]);
  });

  it("goes by how the flag serves, not by its date, in what to do in the code", () => {
    const [search, edit] = steps(flag("expired", "off-everywhere"));

    expect(search?.command).toBe("git grep -n -- 'old'");
    expect(edit?.text).toContain("all that it kept off");
  });

  it("is told by owner", () => {
    const nobody = { ...flag("expired"), owner: null };

    expect(ownersOf([flag("expired"), nobody])).toEqual(["growth"]);
    expect(ownedBy([flag("expired"), nobody], "growth")).toHaveLength(1);
    expect(ownedBy([flag("expired"), nobody], undefined)).toHaveLength(2);
  });

  it("asks for the protected environment's name and a reason", () => {
    const place = { key: "dev", protected: false, requireReason: false } as never;
    const guarded = { key: "production", protected: true, requireReason: false } as never;

    expect(demands([place])).toEqual({ typed: "", reason: false });
    expect(demands([place, guarded])).toEqual({ typed: "production", reason: true });
  });
});
