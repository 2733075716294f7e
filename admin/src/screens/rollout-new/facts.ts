import type { Schemas } from "@/api/client";
import type { Plan, PlanTarget } from "@/components/plan/types";
import { WHOLE } from "@/text/weights";

export type Strategy = Plan["strategy"];
export type How = "strategy" | "saved" | "own";

/** The few facts that a strategy makes a plan of, as the form has them. */
export interface Facts {
  readonly strategy: Strategy;
  /** `5, 10, 25, 50, 100`, in percent. */
  readonly weights: string;
  readonly hold: string;
  readonly keep: string;
  readonly drain: string;
  readonly instances: string;
  readonly internalRule: string;
  readonly betaRule: string;
  readonly hookUrl: string;
  readonly checkUrl: string;
  readonly downtime: string;
  readonly approval: boolean;
  readonly share: boolean;
  readonly checklist: boolean;
  readonly verification: boolean;
  readonly judged: boolean;
  readonly slowOver: string;
}

export const USUAL: Facts = {
  strategy: "canary",
  weights: "5, 10, 25, 50, 75, 100",
  hold: "",
  keep: "1h",
  drain: "30s",
  instances: "",
  internalRule: "",
  betaRule: "",
  hookUrl: "",
  checkUrl: "",
  downtime: "",
  approval: false,
  share: false,
  checklist: false,
  verification: false,
  judged: true,
  slowOver: "300ms",
};

/** Which facts mean something to a strategy; any other is refused by the service, so it is not sent. */
export const TAKES: Readonly<Record<Strategy, readonly (keyof Facts)[]>> = {
  canary: ["weights", "hold", "approval", "share"],
  "blue-green": ["approval", "share", "hookUrl", "keep"],
  rolling: ["hold", "share", "hookUrl", "drain", "instances"],
  recreate: ["hold", "approval", "hookUrl", "downtime"],
  "dark-launch": ["hold", "approval", "share", "internalRule", "betaRule"],
};

/** What each strategy does, in a sentence. */
export const MEANS: Readonly<Record<Strategy, string>> = {
  canary: "A growing share gets the candidate; each step is watched before the next.",
  "blue-green": "Nobody, then everybody at once; the old side is kept for a while as the way back.",
  rolling: "One instance after the other is taken out, updated and put back.",
  recreate: "The old version stops, the new one starts: nobody is served in between.",
  "dark-launch": "Your own people first, then those who asked for it, then everybody.",
};

/** What of it is no share of percent, or does not grow up to 100. */
export function weightsFault(text: string): string | null {
  const weights = weightsOf(text);
  if (!weights) return "Percents, apart by commas: 5, 25, 100";
  const grows = weights.every((weight, i) => i === 0 || weight > (weights[i - 1] ?? 0));
  return grows && weights.at(-1) === WHOLE ? null : "They grow, and the last one is 100";
}

function weightsOf(text: string): number[] | null {
  const parts = listed(text).map((part) => Number(part.replace("%", "").trim()));
  return parts.length && parts.every((part) => part > 0 && part <= 100)
    ? parts.map((part) => Math.round(part * 1000))
    : null;
}

type Given = (facts: Facts) => object | undefined;

/** How each fact is sent; what is left empty has the strategy's own default. */
const SENT: Readonly<Partial<Record<keyof Facts, Given>>> = {
  weights: ({ weights }) => ({ weights: weightsOf(weights) ?? [] }),
  hold: ({ hold }) => (hold ? { hold } : undefined),
  approval: ({ approval }) => ({ approval }),
  share: ({ share }) => ({ share }),
  keep: ({ keep }) => (keep ? { keep } : undefined),
  drain: ({ drain }) => (drain ? { drain } : undefined),
  instances: ({ instances }) => ({ instances: listed(instances) }),
  internalRule: ({ internalRule }) => (internalRule ? { internalRule } : undefined),
  betaRule: ({ betaRule }) => (betaRule ? { betaRule } : undefined),
  downtime: ({ downtime }) => (downtime ? { downtime } : undefined),
  hookUrl: ({ hookUrl }) => (hookUrl ? { hook: { url: hookUrl } } : undefined),
};

/** The body that asks for a plan; only what the strategy takes. */
export function factsBody(facts: Facts, targets: readonly PlanTarget[]): Schemas["StrategyFacts"] {
  const { strategy, checklist, verification, checkUrl, judged } = facts;
  const own = TAKES[strategy].map((name) => SENT[name]?.(facts) ?? {});
  const body = {
    strategy,
    targets,
    checklist,
    verification,
    ...(checkUrl && { checks: [{ url: checkUrl }] }),
    ...(judged && { analysis: { metrics: metrics(facts) } }),
  };
  return Object.assign(body, ...own) as Schemas["StrategyFacts"];
}

function metrics({ slowOver }: Facts) {
  const errors = { name: "errors", kind: "errors", source: "own" };
  return slowOver ? [errors, { name: "latency", kind: "latency", source: "own", bound: slowOver }] : [errors];
}

function listed(text: string): readonly string[] {
  return text
    .split(/[,\s]+/)
    .map((part) => part.trim())
    .filter(Boolean);
}
