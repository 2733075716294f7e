import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";

import { curl, flagctlEval } from "@/screens/playground/commands";
import { decidedBy, talliesOf } from "@/screens/playground/counts";
import { keptDraft, onTopOf, placesOf, weighed } from "@/screens/playground/drafts";
import { drawn, generated } from "@/screens/playground/generate";
import { asOfIn, addressOf, instantOf, localOf } from "@/screens/playground/moments";
import { sentence, shown } from "@/components/trace/sentences";
import { cause, filtered, linesOf } from "@/screens/playground/table";
import type { Decision, Trace } from "@/components/trace/trace";
import { csv } from "@/text/csv";

const DECISION: Decision = {
  value: true,
  variant: "on",
  reason: "DEFAULT",
  rule: null,
  bucket: null,
  revision: 7,
  error: null,
  detail: null,
  prerequisite: null,
};
const ON = { step: "enabled", outcome: "true" };
const SPLIT = {
  step: "split",
  by: "targetingKey",
  unit: "u",
  bucket: 5666,
  range: [0, 25000],
  variant: "on",
};

function trace(decision: Partial<Decision>, ...steps: unknown[]): Trace {
  return { kind: "flag", key: "f", revision: 7, decision: { ...DECISION, ...decision }, steps } as Trace;
}

function compared(attribute: string, left: unknown, operator: string, right: unknown[], outcome = "true") {
  return { attribute, left, operator, right, rightCount: null, ignoreCase: false, negate: false, outcome };
}

function ruled(when: unknown, outcome = "true", index = 0) {
  return { step: "rule", index, rule: `r${index}`, when, faults: null, outcome };
}

describe("why somebody gets something, in one sentence", () => {
  const said = (of: Trace) =>
    sentence(of, "user-42", "Production").replace(/^user-42 gets (.*) from f in Production: /, "$1 | ");
  const country = compared("country", "DE", "in", ["AT", "DE"]);

  it.each<[string, Trace]>([
    [
      "off | the flag is off, so everybody gets the off variant.",
      trace({ variant: "off", reason: "DISABLED" }, { step: "enabled", outcome: "false" }),
    ],
    ["on | the default serves it to everybody.", trace({ reason: "STATIC" }, ON, { step: "default" })],
    [
      "on | no rule matched, and the default serves it.",
      trace({}, ON, ruled(country, "false"), { step: "default" }),
    ],
    [
      "on | no rule matched, and in the default split bucket 5,666 lies in on's range 0…25,000.",
      trace({ reason: "SPLIT", bucket: 5666 }, ON, ruled(country, "false"), { step: "default" }, SPLIT),
    ],
    [
      "on | rule 2 (r1) matched, as country DE is one of AT or DE.",
      trace(
        { reason: "TARGETING_MATCH", rule: "r1" },
        ON,
        ruled(country, "false"),
        ruled(country, "true", 1),
      ),
    ],
    [
      "on | rule 1 (r0) matched, as country DE is one of AT or DE and orders 12 is at least 10, and in its split bucket 5,666 lies in on's range 0…25,000.",
      trace(
        { reason: "SPLIT", rule: "r0", bucket: 5666 },
        ON,
        ruled({ all: [country, compared("orders", 12, "greaterThanOrEqual", [10])], outcome: "true" }),
        SPLIT,
      ),
    ],
    [
      "on | rule 1 (r0) matched, as club true is true.",
      trace(
        { rule: "r0", reason: "TARGETING_MATCH" },
        ON,
        ruled({
          any: [compared("x", null, "exists", [], "false"), compared("club", true, "equals", [true])],
          outcome: "true",
        }),
      ),
    ],
    [
      "on | rule 1 (r0) matched, as its condition is true for everybody.",
      trace({ rule: "r0" }, ON, ruled({ all: [], outcome: "true" })),
    ],
    [
      "on | rule 1 (r0) matched, as user-42 is in segment beta, where it is included by name.",
      trace(
        { rule: "r0" },
        ON,
        ruled({
          segment: "beta",
          by: "targetingKey",
          unit: "user-42",
          listed: "included",
          when: null,
          negate: false,
          outcome: "true",
        }),
      ),
    ],
    [
      "on | rule 1 (r0) matched, as user-42 is not in segment beta, where it is excluded by name.",
      trace(
        { rule: "r0" },
        ON,
        ruled({
          segment: "beta",
          by: "targetingKey",
          unit: "user-42",
          listed: "excluded",
          when: null,
          negate: true,
          outcome: "true",
        }),
      ),
    ],
    [
      "on | rule 1 (r0) matched, as bucket 12 lies in 0…50.",
      trace(
        { rule: "r0" },
        ON,
        ruled({
          bucket: 12,
          by: "targetingKey",
          unit: "u",
          hash: "murmur3",
          ranges: [[0, 50]],
          negate: false,
          outcome: "true",
        }),
      ),
    ],
    [
      "on | targetingKey user-42 is listed for on, before any rule.",
      trace({ rule: "target" }, ON, {
        step: "target",
        by: "targetingKey",
        unit: "user-42",
        variant: "on",
        outcome: "true",
      }),
    ],
    [
      "off | prerequisite p serves b, as it is off, where a is asked for, so the off variant counts.",
      trace({ variant: "off", prerequisite: "p" }, ON, {
        step: "prerequisite",
        flag: "p",
        variants: ["a"],
        outcome: "false",
        decision: { ...DECISION, variant: "b", reason: "DISABLED" },
        steps: [],
      }),
    ],
    [
      'off | the context has no "targetingKey", so the off variant counts.',
      trace(
        {
          variant: "off",
          reason: "ERROR",
          error: "TARGETING_KEY_MISSING",
          detail: 'The context has no "targetingKey".',
        },
        ON,
        { step: "default" },
        { ...SPLIT, unit: null, bucket: null },
      ),
    ],
    [
      "nothing | there is no such flag, so the application's own default counts.",
      trace({ variant: null, error: "FLAG_NOT_FOUND" }, { step: "found", outcome: "false" }),
    ],
  ])("%s", (words, of) => {
    expect(said(of)).toBe(words);
  });

  it("puts a text into quotes where it could be taken for something else", () => {
    expect(["1", "true", "", " x", "DE", 1, true, null].map(shown)).toEqual([
      '"1"',
      '"true"',
      '""',
      '" x"',
      "DE",
      "1",
      "true",
      "null",
    ]);
  });
});

describe("the table of all flags", () => {
  const item = (flag: string, decision: Partial<Decision>) => ({
    flag,
    decision: { ...DECISION, ...decision },
  });

  it("tells where environments differ: in the variant, its value, or the flag's presence", () => {
    const lines = linesOf([
      [item("a", {}), item("b", {}), item("c", { value: 1 }), item("d", {})],
      [item("a", { reason: "SPLIT" }), item("b", { variant: "off", value: false }), item("c", { value: 2 })],
    ]);

    expect(lines.map(({ flag, differs }) => [flag, differs])).toEqual([
      ["a", false],
      ["b", true],
      ["c", true],
      ["d", true],
    ]);
  });

  it("takes an environment that has not answered yet for no difference", () => {
    expect(linesOf([[item("a", {})], undefined])[0]?.differs).toBe(false);
  });

  it("is filtered by words of the key, by variant, and by difference", () => {
    const lines = linesOf([
      [item("checkout-pay", {}), item("search", { variant: "off" })],
      [item("checkout-pay", {}), item("search", {})],
    ]);

    expect(filtered(lines, "PAY check", false).map(({ flag }) => flag)).toEqual(["checkout-pay"]);
    expect(filtered(lines, "off", false).map(({ flag }) => flag)).toEqual(["search"]);
    expect(filtered(lines, "", true).map(({ flag }) => flag)).toEqual(["search"]);
  });

  it("says how a cell came to be", () => {
    const of = (decision: Partial<Decision>) => cause({ ...DECISION, ...decision });

    expect(of({ reason: "SPLIT" })).toBe("split");
    expect(of({ reason: "SPLIT", rule: "dach" })).toBe("split of rule dach");
    expect(of({ reason: "TARGETING_MATCH", rule: "target" })).toBe("listed");
    expect(of({ prerequisite: "p" })).toBe("needs p");
  });
});

describe("as of when", () => {
  it("comes back from the address as it went there", () => {
    for (const asOf of [asOfIn({}), asOfIn({ revision: 41 }), asOfIn({ at: "2026-01-02T03:04:05.678Z" })])
      expect(asOfIn(addressOf(asOf))).toEqual(asOf);
    expect(asOfIn({ at: "yesterday" })).toEqual({ kind: "now" });
    expect(asOfIn({ at: "2026-01-02" })).toEqual({ kind: "time", at: "2026-01-02T00:00:00.000Z" });
  });

  it("keeps the parts of a second that a change of the service has", () => {
    const at = "2026-01-02T03:04:05.678901Z";

    expect(asOfIn({ at })).toEqual({ kind: "time", at });
  });

  it("is written in the reader's zone and read back to the second", () => {
    for (const at of ["2026-01-02T03:04:05.000Z", "2026-07-02T23:59:59.000Z"])
      expect(instantOf(localOf(at))).toBe(at);
    expect(instantOf("")).toBeNull();
  });
});

describe("many units", () => {
  it("are numbered or drawn, never more than one question may have", () => {
    expect(generated("user-", 1, 3)).toEqual(["user-1", "user-2", "user-3"]);
    expect(generated("u", 1, 1e9)).toHaveLength(10_000);
    expect(new Set(drawn(500)).size).toBe(500);
  });

  it("stand beside what the split says, also where nobody got a variant", () => {
    const split = {
      rule: null,
      units: 8,
      counts: { on: 8 },
      expected: { on: 0.9, off: 0.1 },
      chiSquare: null,
    };
    const answer = { units: 10, counts: { on: 9, "": 1 }, split };

    const tallies = talliesOf(answer);

    expect(tallies.map(({ variant, units, expected }) => [variant, units, expected])).toEqual([
      ["on", 9, 0.9],
      ["", 1, 0],
      ["off", 0, 0.1],
    ]);
    expect(tallies[0]).toMatchObject({ share: 0.9, drawn: 8, drawnShare: 1 });
    expect(decidedBy(answer)).toBe(
      "The default split decided 8 of 10 units; 2 got theirs from a list, another rule or a fixed default.",
    );
  });

  it("never leave as a formula", () => {
    const text = csv([["unit"], ["=cmd()"], ["+1"], ["-1"], ["@x"], ['a,"b"'], [-5], [null]]);

    expect(text).toBe('unit\r\n\'=cmd()\r\n\'+1\r\n\'-1\r\n\'@x\r\n"a,""b"""\r\n-5\r\n\r\n');
  });
});

describe("a draft", () => {
  const split = { weights: { on: 25_000, off: 75_000 }, salt: "s", allocation: [["on", 0, 25_000]] };
  const body = {
    enabled: true,
    rules: [{ id: "a", when: { all: [] }, serve: "on" }],
    default: { split },
  };

  it("with other weights keeps everything else", () => {
    const next = weighed(body, "default", { on: 40_000, off: 60_000 });

    expect(next).toEqual({ ...body, default: { split: { ...split, weights: { on: 40_000, off: 60_000 } } } });
  });

  it("makes a split of a rule that served one variant", () => {
    const next = weighed(body, 0, { on: 1000, off: 99_000 });

    expect(next["rules"]).toEqual([
      { id: "a", when: { all: [] }, split: { weights: { on: 1000, off: 99_000 } } },
    ]);
  });

  it("can try each rule and the default", () => {
    const places = placesOf("flag", { variants: { on: true, off: false } }, body);

    expect(places.map(({ at, weights }) => [at, weights])).toEqual([
      [0, { on: 100_000 }],
      ["default", { on: 25_000, off: 75_000 }],
    ]);
    expect(places[0]?.names).toEqual(["on", "off"]);
  });

  it("lies on top of what others saved since it was begun", () => {
    const edited = weighed(body, "default", { on: 40_000, off: 60_000 });
    const current = { ...body, enabled: false };

    expect(onTopOf(current, { base: body, edited })).toEqual({ ...edited, enabled: false });
    expect(onTopOf(current, null)).toBe(current);
  });

  it("is the one that the flag's page keeps for this environment, while it differs", () => {
    const held = new Map<string, string>();
    const keeper = {
      getItem: (key: string) => held.get(key) ?? null,
      setItem: (key: string, value: string) => void held.set(key, value),
      removeItem: (key: string) => void held.delete(key),
      key: () => null,
      length: 0,
    };
    held.set(
      "flagsvc-draft:production/flag/f",
      JSON.stringify({ base: body, edited: { ...body, enabled: false } }),
    );
    held.set("flagsvc-draft:staging/flag/f", JSON.stringify({ base: body, edited: body }));

    expect(keptDraft(keeper, "production", { kind: "flag", key: "f" })?.edited).toEqual({
      ...body,
      enabled: false,
    });
    expect(keptDraft(keeper, "staging", { kind: "flag", key: "f" })).toBeNull();
    expect(keptDraft(keeper, "production", { kind: "split", key: "f" })).toBeNull();
  });
});

describe("the same from a terminal", () => {
  it("hands over whatever is in a context as it is", () => {
    const context = { targetingKey: 'o\'brien $HOME `id` \\ "x" !1', text: "JSON\nEOF" };
    const shell = (command: string, program: string) =>
      execFileSync("sh", ["-c", `${program}() { cat; }\n${command}`], { encoding: "utf8" });

    const viaCurl = shell(curl("http://h", "/p", { context }), "curl");
    const viaFlagctl = shell(
      flagctlEval("http://h", "e", { kind: "flag", key: "f" }, context, { kind: "now" }),
      "flagctl",
    );

    expect(JSON.parse(viaCurl)).toEqual({ context });
    expect(JSON.parse(viaFlagctl)).toEqual(context);
  });
});
