import type { Schemas } from "@/api/client";

type Line = Schemas["RolloutLine"];

export interface Filter {
  readonly env?: string;
  readonly q?: string;
}

/** Those of this environment in whose key, name, places, version, commit or deployer every word stands. */
export function matching(lines: readonly Line[], { env, q }: Filter): readonly Line[] {
  const words = (q ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  return lines.filter((line) => {
    if (env && line.environment !== env) return false;
    const text = textOf(line);
    return words.every((word) => text.includes(word));
  });
}

/** Those that somebody has to look at, and the others; each in the order that they had. */
export function urgentFirst(lines: readonly Line[]): {
  readonly urgent: readonly Line[];
  readonly calm: readonly Line[];
} {
  return { urgent: lines.filter((line) => line.attention), calm: lines.filter((line) => !line.attention) };
}

function textOf({ key, name, strategy, targets, deployment, phase }: Line): string {
  const places = targets.flatMap((target) => [target.key, target.candidate]);
  const { version, commit, deployer } = deployment;
  return [key, name, strategy, phase, ...places, version, commit, deployer]
    .filter(Boolean)
    .join(" ")
    .toLowerCase();
}
