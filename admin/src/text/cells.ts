import type { components } from "@/api/schema";

import { count, list } from "./numbers";
import { percent, type Weights } from "./weights";
import { weights as inWords } from "./words";

export type Cell = components["schemas"]["MatrixCell"];

/** What a table has room for, how it is coloured, and the same as a sentence. */
export interface Said {
  readonly word: string;
  readonly tone: "ok" | "warn" | "info" | "quiet";
  readonly sentence: string;
}

const WHOLLY_ON = new Set(["on", "true", "enabled"]);

/** A flag in one environment in a word or two: `ON`, `OFF`, `25 %`, `3 rules`, `rolling 10 → 50 %`. */
export function cellSaid(cell: Cell): Said {
  return SAID[cell.state](cell);
}

const SAID: Readonly<Record<Cell["state"], (cell: Cell) => Said>> = {
  off: (cell) => ({
    word: "OFF",
    tone: "quiet",
    sentence: `Off: everybody gets ${cell.serves ?? "nothing"}.`,
  }),
  on: (cell) => ({
    word: WHOLLY_ON.has(cell.serves ?? "") ? "ON" : `all ${cell.serves ?? ""}`,
    tone: "ok",
    sentence: `On: everybody gets ${cell.serves ?? ""}.`,
  }),
  split: (cell) => ({
    word: shares(cell.weights ?? {}),
    tone: "info",
    sentence: `Split: ${inWords(cell.weights ?? {})}.`,
  }),
  rules: (cell) => ({
    word: cell.weights ? `${conditions(cell)}, ${shares(cell.weights)}` : conditions(cell),
    tone: "info",
    sentence: `${conditions(cell)}; everybody else: ${rest(cell)}.`,
  }),
  rollout: (cell) => rolling(cell),
};

/** The share of the one that is new, where that is plain; else all shares in their order: `40 / 30 / 30 %`. */
export function shares(weights: Weights): string {
  const names = Object.keys(weights);
  const on = names.find((name) => WHOLLY_ON.has(name));
  if (on && names.length === 2) return percent(weights[on] ?? 0);
  if (names.length > 4) return count(names.length, "variant");
  return `${names.map((name) => percent(weights[name] ?? 0).replace(" %", "")).join(" / ")} %`;
}

function conditions({ rules, targets }: Cell): string {
  const parts = [rules && count(rules, "rule"), targets && count(targets, "list")];
  return list(parts.filter((part) => typeof part === "string"));
}

function rest({ weights, serves }: Cell): string {
  return weights ? inWords(weights) : (serves ?? "nothing");
}

const MOVING: Readonly<Record<string, readonly [string, Said["tone"]]>> = {
  paused: ["paused", "warn"],
  "rolling-back": ["rolling back", "warn"],
};

function rolling({ rollout }: Cell): Said {
  if (!rollout) return { word: "rolling", tone: "info", sentence: "A rollout moves it." };
  const [word, tone] = MOVING[rollout.phase] ?? ["rolling", "info"];
  const { weight, nextWeight } = rollout;
  const share = weight === null ? "" : percent(weight);
  const step = rollout.step && rollout.steps ? [rollout.step, rollout.steps] : null;
  const places = [rollout.phase, share && `at ${share}`].filter(Boolean).join(" ");
  const said = [`Rollout ${rollout.key}: ${places}`];
  if (step) said.push(`step ${step.join(" of ")}`);
  if (nextWeight !== null) said.push(`next ${percent(nextWeight)}`);
  // The step is in the sentence: a cell has no room for both.
  const way = nextWeight === null ? [share, step?.join("/")] : [onTheWay(weight, nextWeight)];
  return {
    word: [[word, way[0]].filter(Boolean).join(" "), way[1]].filter(Boolean).join(", "),
    tone,
    sentence: `${said.join(", ")}.`,
  };
}

/** `10 → 50 %`. */
function onTheWay(weight: number | null, next: number): string {
  return `${percent(weight ?? 0).replace(" %", "")} → ${percent(next)}`;
}
