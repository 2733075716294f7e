import type { Schemas } from "@/api/client";
import type { Tone } from "@/components/tag";
import { count, list, number } from "@/text/numbers";
import { duration } from "@/text/times";
import { percent, WHOLE } from "@/text/weights";

type Capabilities = Schemas["Capabilities"];
type Share = Schemas["ShareStatus"];

const STICKY: Readonly<Record<string, string>> = {
  none: "each request drawn anew",
  own: "sticky by a means of its own",
  cohort: "every unit where the SDKs say",
};

/** What a router can do, each in a few words: how fine, who stays, what survives, how fast, what it counts. */
export function abilities(able: Capabilities): readonly string[] {
  return [
    `steps of ${step(able.granularity)}`,
    STICKY[able.sticky] ?? able.sticky,
    able.persistent ? "survives its restart" : "forgets at its restart, and is told again",
    ...(able.expectedPropagationSeconds >= 1
      ? [`follows in ${duration(able.expectedPropagationSeconds)}`]
      : []),
    ...(able.drainsPinned ? [] : ["weight 0 does not recall those who are held"]),
    ...(able.mirror ? ["can mirror"] : []),
  ];
}

function step(granularity: number): string {
  return granularity >= WHOLE ? "0.001 %" : percent(WHOLE / granularity);
}

/** `told as canary 31 of 256 (12.109 %)`: what rounding to the router's own steps makes of it; empty where it is exact. */
export function rounding(desired: Schemas["DesiredStatus"] | null): string {
  const { weights = {}, steps } = desired ?? {};
  if (!steps) return "";
  const all = Object.values(steps).reduce((total, part) => total + part, 0);
  const inexact = Object.entries(weights).filter(
    ([name, weight]) => all > 0 && (steps[name] ?? 0) * WHOLE !== weight * all,
  );
  if (!inexact.length) return "";
  const words = inexact.map(([name]) => {
    const part = steps[name] ?? 0;
    return `${name} ${number(part)} of ${number(all)} (${percent(Math.round((part * WHOLE) / all))})`;
  });
  return `told as ${list(words)}`;
}

interface Verdict {
  readonly word: string;
  readonly tone: Tone;
  readonly sentence: string;
}

/** Whether the traffic splits as the router was told to, in plain words. */
export function verdictOf({ verdict, requests }: Share): Verdict {
  const of = `of ${count(requests, "request")}`;
  if (verdict === "ok") return { word: "as told", tone: "ok", sentence: `${of}: within what chance allows` };
  if (verdict === "off")
    return {
      word: "not as told",
      tone: "bad",
      sentence: `${of}: more than chance explains. The router reads back as told and does something else; look at stickiness, other routes and who bypasses it.`,
    };
  return { word: "too few to say", tone: "quiet", sentence: `${of} so far` };
}
