import { describe, expect, it } from "vitest";

import { facetsOf, found, isExpired, lastChange, shown, type Flag, type Known } from "@/screens/flags/filter";
import { parse, suggestions } from "@/screens/flags/tokens";
import type { Cell } from "@/text/cells";

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
const OFF: Cell = { ...CELL, enabled: false, state: "off", serves: "off" };
const SPLIT: Cell = { ...CELL, state: "split", serves: null, weights: { on: 25_000, off: 75_000 } };
const RULES: Cell = { ...SPLIT, state: "rules", rules: 2 };

function flag(key: string, some: Partial<Flag> = {}): Flag {
  return {
    key,
    name: null,
    description: null,
    type: "boolean",
    tags: [],
    owner: null,
    expires: null,
    variants: ["on", "off"],
    archived: false,
    createdAt: "2026-10-01T10:00:00Z",
    changedAt: "2026-10-01T10:00:00Z",
    changedBy: "ben",
    version: 1,
    environments: { staging: CELL, production: OFF },
    ...some,
  };
}

const NOTHING: Known = { stale: new Map(), now: Date.parse("2026-11-26T12:00:00Z") };
const BY_KEY = { sort: "key", down: false } as const;

function keys(flags: readonly Flag[], text: string, known = NOTHING): readonly string[] {
  return found(flags, parse(text), BY_KEY, known).map(({ key }) => key);
}

describe("the search's language", () => {
  it("reads tokens, their lists of values, negations, quotes and free text", () => {
    const search = parse('env:production -state:on,split Check owner:"Team A" "one page"');

    expect(search.tokens).toEqual([
      { name: "env", values: ["production"], not: false },
      { name: "state", values: ["on", "split"], not: true },
      { name: "owner", values: ["team a"], not: false },
    ]);
    expect(search.words).toEqual(["check", "one page"]);
  });

  it("takes what it does not know for free text, and asks for nothing while a value is being typed", () => {
    expect(parse("http://x colour:red")).toEqual({ tokens: [], words: ["http://x", "colour:red"] });
    expect(parse("owner:")).toEqual({ tokens: [], words: [] });
    expect(parse("constructor:x").words).toEqual(["constructor:x"]);
  });
});

describe("finding flags", () => {
  it("looks for every word in key, name, description, owner and tags, in any case", () => {
    const flags = [
      flag("checkout-v2", { name: "One-page", owner: "Payments" }),
      flag("search", { tags: ["Checkout"] }),
    ];

    expect(keys(flags, "CHECKOUT")).toEqual(["checkout-v2", "search"]);
    expect(keys(flags, "checkout pay")).toEqual(["checkout-v2"]);
  });

  it("asks for a state where env says, and anywhere without it", () => {
    const flags = [
      flag("both", { environments: { staging: CELL, production: CELL } }),
      flag("half"),
      flag("parts", { environments: { staging: OFF, production: RULES } }),
    ];

    expect(keys(flags, "state:on")).toEqual(["both", "half"]);
    expect(keys(flags, "env:production state:on")).toEqual(["both"]);
    expect(keys(flags, "env:production -state:on")).toEqual(["half", "parts"]);
    expect(keys(flags, "env:production state:on,rules")).toEqual(["both", "parts"]);
    expect(keys(flags, "state:split")).toEqual(["parts"]);
    expect(keys(flags, "env:production state:enabled")).toEqual(["both", "parts"]);
    expect(keys(flags, "state:nonsense")).toEqual([]);
  });

  it("finds by owner, tag and type, and what has none", () => {
    const flags = [flag("a", { owner: "Payments", tags: ["web", "old"] }), flag("b", { type: "string" })];

    expect(keys(flags, "owner:payments")).toEqual(["a"]);
    expect(keys(flags, "owner:none")).toEqual(["b"]);
    expect(keys(flags, "tag:web tag:old")).toEqual(["a"]);
    expect(keys(flags, "tag:web tag:new")).toEqual([]);
    expect(keys(flags, "tag:none")).toEqual(["b"]);
    expect(keys(flags, "type:string")).toEqual(["b"]);
  });

  it("finds what stands still, everywhere or where env says", () => {
    const known = {
      ...NOTHING,
      stale: new Map([
        ["a", ["*"]],
        ["b", ["staging"]],
      ]),
    };
    const flags = [flag("a"), flag("b"), flag("c")];

    expect(keys(flags, "stale:yes", known)).toEqual(["a", "b"]);
    expect(keys(flags, "env:production stale:yes", known)).toEqual(["a"]);
    expect(keys(flags, "stale:no", known)).toEqual(["c"]);
  });

  it("lets a date of expiry count to its end", () => {
    expect(isExpired("2026-11-26", NOTHING.now)).toBe(false);
    expect(isExpired("2026-11-25", NOTHING.now)).toBe(true);
    expect(isExpired("2026-11-26T11:59:00Z", NOTHING.now)).toBe(true);
    expect(isExpired(null, NOTHING.now)).toBe(false);
    expect(keys([flag("a", { expires: "2026-01-01" }), flag("b")], "expired:yes")).toEqual(["a"]);
  });

  it("orders by key, name, change and use, and the other way round", () => {
    const used = { ...CELL, uses: [0, 5] };
    const newer = { ...CELL, changedAt: "2026-11-20T10:00:00Z", changedBy: "cleo" };
    const flags = [
      flag("a", { name: "Zebra" }),
      flag("b", { name: "Ant", environments: { production: used } }),
      flag("c", { environments: { production: newer } }),
    ];
    const order = (sort: "key" | "name" | "changed" | "used", down = false) =>
      found(flags, parse(""), { sort, down }, NOTHING)
        .map(({ key }) => key)
        .join("");

    expect(order("key")).toBe("abc");
    expect(order("key", true)).toBe("cba");
    expect(order("name")).toBe("bca");
    expect(order("used")).toBe("bac");
    expect(order("changed")).toBe("cab");
    expect(lastChange(flags[2] ?? flag("x"))).toEqual({ at: newer.changedAt, by: "cleo" });
  });

  it("shows only the environments that are named, and all when none of them is there", () => {
    const all = [{ key: "staging" }, { key: "Production" }];

    expect(shown(all, parse("env:production"))).toEqual([{ key: "Production" }]);
    expect(shown(all, parse("env:nowhere"))).toEqual(all);
  });

  it("goes through a thousand flags for every token at once without asking twice", () => {
    const flags = Array.from({ length: 1000 }, (_, i) =>
      flag(`flag-${String(i)}`, { owner: i % 2 ? "a" : "b" }),
    );

    expect(keys(flags, "owner:a flag-99")).toHaveLength(6);
  });
});

describe("suggestions", () => {
  const facets = facetsOf(
    [flag("a", { owner: "Team A", tags: ["web"] }), flag("b", { owner: "pay" }), flag("c", { owner: "pay" })],
    [{ key: "production", name: null, protected: true, requireReason: true, revision: 1 }],
  );

  it("offer the tokens first, then the values that are there, the most frequent first", () => {
    expect(suggestions("", facets).map(({ label }) => label)).toContain("state:");
    expect(suggestions("ow", facets).map(({ text }) => text)).toEqual(["owner:"]);
    expect(suggestions("state:on owner:", facets).map(({ text }) => text)).toEqual([
      "state:on owner:pay ",
      'state:on owner:"Team A" ',
    ]);
  });

  it("go on from what is half typed, quoted or negated", () => {
    expect(suggestions("-owner:p", facets).map(({ text }) => text)).toEqual(["-owner:pay "]);
    expect(suggestions('owner:"te', facets).map(({ text }) => text)).toEqual(['owner:"Team A" ']);
    expect(suggestions("-sta", facets).map(({ text }) => text)).toEqual(["-state:", "-stale:"]);
    expect(suggestions("checkout", facets)).toEqual([]);
  });
});
