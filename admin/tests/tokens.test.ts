import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

import { resolver } from "@/theme/theme";

const TEXT = 4.5;
const LINE = 3;
const SOURCE = readFileSync(new URL("../src/theme/tokens.css", import.meta.url), "utf8");
const [LIGHT, DARK] = [...SOURCE.matchAll(/\{([^}]*)\}/g)].map(([, block = ""]) => tokens(block));
const THEMES = { light: { ...LIGHT }, dark: { ...LIGHT, ...DARK } };

function tokens(block: string): Record<string, string> {
  const found = block.matchAll(/--fs-([\w-]+):\s*(#[0-9a-f]{6});/g);
  return Object.fromEntries([...found].map(([, name = "", colour = ""]) => [name, colour]));
}

/** Relative luminance of WCAG 2.2. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

/** The pairs that are too close: `name on ground 2.9`. */
function faint(theme: Record<string, string>, pairs: readonly [string, string][], least: number): string[] {
  return pairs
    .map(([name, ground]) => [name, ground, contrast(theme[name] ?? "", theme[ground] ?? "")] as const)
    .filter(([, , found]) => !(found >= least))
    .map(([name, ground, found]) => `${name} on ${ground} ${found.toFixed(2)}`);
}

function named(theme: Record<string, string>, pattern: RegExp): string[] {
  return Object.keys(theme).filter((name) => pattern.test(name));
}

function onEach(names: readonly string[], grounds: readonly string[]): [string, string][] {
  return names.flatMap((name) => grounds.map((ground): [string, string] => [name, ground]));
}

it("reckons contrast as the standard does", () => {
  expect(contrast("#000000", "#ffffff")).toBeCloseTo(21);
  expect(contrast("#767676", "#ffffff")).toBeCloseTo(4.54, 2);
  expect(contrast("#949494", "#ffffff")).toBeCloseTo(3.03, 2);
});

describe.each(Object.entries(THEMES))("%s", (scheme, theme) => {
  it("has every tone with its ink, its ground and its line", () => {
    for (const tone of ["ok", "warn", "bad", "info", "quiet"]) {
      expect(Object.keys(theme)).toEqual(
        expect.arrayContaining([`${tone}-ink`, `${tone}-soft`, `${tone}-line`]),
      );
    }
    expect(named(theme, /^series-\d$/)).toHaveLength(6);
  });

  it("can be read", () => {
    const inks = named(theme, /-ink$/).filter((name) => name in theme && name !== "guard-ink");
    const onSoft = inks.map((ink): [string, string] => [ink, ink.replace("ink", "soft")]);
    const plain = onEach([...inks, "ink"], ["page", "card"]);

    expect(faint(theme, [...onSoft, ...plain, ["guard-ink", "guard"]], TEXT)).toEqual([]);
  });

  it("has lines, controls and charts that can be seen", () => {
    const lines = named(theme, /-line$|^series-\d$|^control-edge$|^guard$/);

    expect(faint(theme, onEach(lines, ["page", "card"]), LINE)).toEqual([]);
  });

  it("makes Mantine's own texts as strong", () => {
    const variables = resolver({} as never)[scheme as "light" | "dark"];
    const texts = Object.entries(variables).map(([name, colour]) => [
      name.replace("--mantine-color-", ""),
      colour,
    ]);
    const all = { ...theme, ...Object.fromEntries(texts) } as Record<string, string>;

    expect(texts.length).toBeGreaterThan(3);
    expect(
      faint(
        all,
        onEach(
          texts.map(([name = ""]) => name),
          ["page", "card"],
        ),
        TEXT,
      ),
    ).toEqual([]);
  });

  it("tells the lines of one chart apart from their neighbours", () => {
    const colours = named(theme, /^series-\d$/).map((name) => theme[name]);

    expect(new Set(colours).size).toBe(colours.length);
  });
});
