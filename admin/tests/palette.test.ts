import { describe, expect, it } from "vitest";

import { entriesOf, type Things } from "@/app/palette/entries";
import { pressedAfter } from "@/app/single-keys";
import { best } from "@/text/fuzzy";
import type { Cell } from "@/text/cells";

const CELL = { enabled: true } as Cell;
const FLAG = {
  key: "checkout-v2",
  name: "One-page checkout",
  tags: ["web"],
  owner: "payments",
  archived: false,
  environments: { staging: { ...CELL, enabled: false }, production: CELL },
} as unknown as Things["flags"][number];
const THINGS: Things = {
  environments: [
    { key: "staging", name: null },
    { key: "production", name: "Production" },
  ],
  flags: [FLAG, { ...FLAG, key: "gone", archived: true }],
  segments: [{ environment: "production", key: "beta" }],
  splits: [
    { environment: "production", key: "store", enabled: true },
    { environment: "staging", key: "store", enabled: false },
  ],
  rollouts: [{ environment: "production", key: "store-7", name: "Storefront", phase: "baking" }],
};
const SCREENS = [{ to: "/flags", label: "Flags", keys: "g f" }];
const ENTRIES = entriesOf(SCREENS, THINGS);
const first = (text: string) => best(ENTRIES, text, 5)[0];

describe("the palette", () => {
  it("leads to flags, segments, splits, rollouts and screens", () => {
    expect(first("one-page")?.deed).toEqual({ go: "/flags/checkout-v2" });
    expect(first("beta")?.deed).toEqual({ go: "/segments/production/beta" });
    expect(first("storefront")?.deed).toEqual({ go: "/rollouts/production/store-7" });
    expect(first("flags")?.deed).toEqual({ go: "/flags" });
    expect(best(ENTRIES, "store staging", 5)[0]?.deed).toEqual({ go: "/splits/staging/store" });
  });

  it("puts the flag before its kill switch, unless that is what is said", () => {
    expect(first("checkout")?.kind).toBe("flag");
    expect(first("kill checkout")?.label).toBe("Kill checkout-v2 in Production");
    expect(first("kill checkout")?.deed).toEqual({
      kill: { kind: "flag", environment: "production", key: "checkout-v2" },
    });
  });

  it("offers a kill switch only for what is on", () => {
    const kills = ENTRIES.filter(({ kind }) => kind === "kill").map(({ label }) => label);

    expect(kills).toEqual(["Kill checkout-v2 in Production", "Kill split store in Production"]);
  });

  it("knows the actions by other words, too", () => {
    expect(first("new flag")?.label).toBe("Create a flag");
    expect(first("begin rollout")?.label).toBe("Start a rollout");
    expect(first("dark")?.deed).toEqual({ scheme: "dark" });
  });

  it("gives every line a name of its own", () => {
    expect(new Set(ENTRIES.map(({ id }) => id)).size).toBe(ENTRIES.length);
  });

  it("encodes keys in addresses", () => {
    const [flag] = entriesOf([], { ...THINGS, flags: [{ ...FLAG, key: "a/b" }] }).filter(
      ({ kind }) => kind === "flag",
    );

    expect(flag?.deed).toEqual({ go: "/flags/a%2Fb" });
  });
});

describe("keys pressed one after the other", () => {
  it("belong together only within a moment", () => {
    expect(pressedAfter({ key: "g", at: 1000 }, "f", 1500)).toBe("g f");
    expect(pressedAfter({ key: "g", at: 1000 }, "f", 2500)).toBe(" f");
  });
});
