import type { Schemas } from "@/api/client";
import type { Tone } from "@/components/tag";
import { percent } from "@/text/weights";

export type Binding = Schemas["Binding"];
export type RouterStatus = Schemas["RouterStatus"];

/** How far a binding or router is: a word, its tone, and what it means. */
export interface Standing {
  readonly word: string;
  readonly tone: Tone;
  readonly meaning: string;
}

const PHASES: Readonly<Record<string, Standing>> = {
  applying: { word: "telling", tone: "info", meaning: "Routers are being told, and read back." },
  applied: { word: "in force", tone: "ok", meaning: "Every router has read back as told." },
  paused: { word: "paused", tone: "warn", meaning: "Somebody else changed a router; it is left alone." },
  returning: { word: "going back", tone: "warn", meaning: "Not every router could be told: all go back." },
  failed: { word: "failed", tone: "bad", meaning: "The routers are back at what was in force before." },
};
const OFF: Standing = {
  word: "switched off",
  tone: "quiet",
  meaning: "Routers stay as they are, and nobody looks.",
};
const NEW: Standing = {
  word: "not looked at yet",
  tone: "quiet",
  meaning: "The first turn is still to come.",
};
const DRIFT: Standing = { word: "drift", tone: "warn", meaning: "A router is not as it was told." };
const SILENT: Standing = { word: "unreachable", tone: "bad", meaning: "A router cannot be read." };
const UNEQUAL: Standing = {
  word: "share is off",
  tone: "warn",
  meaning: "In force, but the traffic does not split so.",
};

/** How far a binding is: in force, telling, drift, unreachable, paused, going back, failed, switched off. */
export function standingOf({ enabled, status }: Pick<Binding, "enabled" | "status">): Standing {
  if (!enabled) return OFF;
  if (!status) return NEW;
  const phase = PHASES[status.phase] ?? { word: status.phase, tone: "quiet", meaning: status.summary };
  return status.phase === "applied" ? (trouble(status.routers) ?? phase) : phase;
}

function trouble(routers: readonly RouterStatus[]): Standing | undefined {
  if (routers.some((router) => router.standing === "drifted")) return DRIFT;
  if (routers.some((router) => !router.reachable)) return SILENT;
  return routers.some((router) => router.share?.verdict === "off") ? UNEQUAL : undefined;
}

const STANDINGS: Readonly<Record<string, Standing>> = {
  waiting: { word: "waiting", tone: "quiet", meaning: "Its turn is still to come." },
  telling: { word: "telling", tone: "info", meaning: "It is told, and has not read back yet." },
  applied: { word: "in force", tone: "ok", meaning: "It has read back as told." },
  drifted: { word: "drift", tone: "warn", meaning: "Somebody else changed it, and it is left alone." },
  failed: { word: "refuses", tone: "bad", meaning: "It refused what it was told." },
};

/** How far one router is; one that cannot be read says that first. */
export function standingOfRouter({ standing, reachable }: RouterStatus): Standing {
  if (!reachable) return { ...SILENT, meaning: "It cannot be read; this is how it was last." };
  return STANDINGS[standing] ?? { word: standing, tone: "quiet", meaning: "" };
}

/** `canary 25 % wanted, 24.6 % seen`, for each backend that gets or got something; empty where nobody counts. */
export function seenOf(share: RouterStatus["share"]): readonly string[] {
  const { wanted, seen } = share ?? {};
  if (!wanted || !seen) return [];
  const names = [...new Set([...Object.keys(wanted), ...Object.keys(seen)])];
  return names
    .filter((name) => wanted[name] || seen[name])
    .map((name) => `${name} ${percent(wanted[name] ?? 0)} wanted, ${tenth(seen[name] ?? 0)} seen`);
}

function tenth(weight: number): string {
  return percent(Math.round(weight / 100) * 100);
}
