import type { Document, Line } from "./diff";
import { difference } from "./diff";
import { count, list } from "./numbers";
import { condition, serve, type Condition, type Serve } from "./words";

interface Serving {
  readonly enabled?: boolean;
  readonly offVariant?: string;
  readonly stable?: string;
  readonly rules?: readonly unknown[];
  readonly targets?: readonly unknown[];
  readonly default?: Serve;
}

interface Listing {
  readonly included?: readonly string[];
  readonly excluded?: readonly string[];
  readonly when?: Condition | null;
}

/** A document in a line: what it does, as far as a table has room. `off: serve off`, `2 rules, then serve on`. */
export function gist(kind: string, of: Document | null): string {
  if (!of) return "not there";
  if (kind === "flag" || kind === "split") return serving(of);
  if (kind === "segment") return listing(of);
  return list(
    difference(null, of)
      .slice(0, 2)
      .map(({ label, after }) => `${label}: ${after ?? ""}`),
    ";",
  );
}

/** All that a document says, label by label. */
export function described(of: Document): readonly Line[] {
  return difference(null, of).map((line) => ({
    ...line,
    label: line.label.replace(/ added$| \(removed → added\)$/, ""),
  }));
}

function serving({ enabled, offVariant, stable, rules = [], targets = [], default: rest }: Serving): string {
  if (enabled === false) return `off: serve ${offVariant ?? stable ?? "nothing"}`;
  const first = [
    targets.length > 0 && count(targets.length, "target list"),
    rules.length > 0 && count(rules.length, "rule"),
  ].filter((part) => typeof part === "string");
  const last = rest ? serve(rest) : "serve nothing";
  return first.length ? `${list(first)}, then ${last}` : last;
}

function listing({ included = [], excluded = [], when }: Listing): string {
  const parts = [
    when && condition(when),
    included.length > 0 && `${String(included.length)} included`,
    excluded.length > 0 && `${String(excluded.length)} excluded`,
  ];
  return parts.filter(Boolean).join(", ") || "nobody";
}
