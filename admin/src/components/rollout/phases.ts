import type { Tone } from "@/components/tag";

/** A phase as a person says it, and how it looks. */
export interface Phase {
  readonly word: string;
  readonly tone: Tone;
}

const PHASES: Readonly<Record<string, Phase>> = {
  scheduled: { word: "scheduled", tone: "quiet" },
  preparing: { word: "preparing", tone: "info" },
  moving: { word: "moving", tone: "info" },
  baking: { word: "baking", tone: "info" },
  verifying: { word: "verifying", tone: "info" },
  paused: { word: "paused", tone: "warn" },
  "rolling-back": { word: "rolling back", tone: "bad" },
  succeeded: { word: "succeeded", tone: "ok" },
  "rolled-back": { word: "rolled back", tone: "bad" },
  aborted: { word: "aborted", tone: "quiet" },
};

const ENDED = new Set(["succeeded", "rolled-back", "aborted"]);

/** The phase, or one that says its own name when this console does not know it. */
export function phaseOf(name: string): Phase {
  return PHASES[name] ?? { word: name, tone: "quiet" };
}

/** Whether nothing will happen to it any more. */
export function hasEnded(phase: string): boolean {
  return ENDED.has(phase);
}

const VERDICTS: Readonly<Record<string, Phase>> = {
  healthy: { word: "healthy", tone: "ok" },
  unhealthy: { word: "unhealthy", tone: "bad" },
  unknown: { word: "unknown", tone: "warn" },
};

/** What is said about a candidate. */
export function verdictOf(kind: string): Phase {
  return VERDICTS[kind] ?? { word: kind, tone: "quiet" };
}

const STRATEGIES: Readonly<Record<string, string>> = {
  canary: "Canary",
  "blue-green": "Blue-green",
  rolling: "Rolling",
  recreate: "Recreate",
  "dark-launch": "Dark launch",
};

export function strategyName(strategy: string): string {
  return STRATEGIES[strategy] ?? strategy;
}
