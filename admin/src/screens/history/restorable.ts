import { api, body, type Schemas } from "@/api/client";
import type { Sending, Written } from "@/components/review/write";
import type { Document } from "@/text/diff";
import { same } from "@/text/diff";
import type { Rule, Serve } from "@/text/words";

interface Path {
  readonly environment: string;
  readonly key: string;
}

/** How a kind of document is read and restored. */
interface Ways {
  readonly read: (path: Path) => Promise<{ readonly version: number } & Document>;
  readonly revert: (path: Path, revision: number, sending: Sending) => Promise<Written>;
}

const ROOT = "/api/v1/environments/{environment}";
const write = (path: Path, { query, headers }: Sending) => ({ path, query, header: headers });

/** Every kind that can be restored by itself. A rollout says what was done, and stays. */
const WAYS: Readonly<Record<string, Ways>> = {
  flag: {
    read: (path) => body(api.GET(`${ROOT}/flags/{key}`, { params: { path } })),
    revert: (path, revision, sending) =>
      body(api.POST(`${ROOT}/flags/{key}/revert`, { params: write(path, sending), body: { revision } })),
  },
  segment: {
    read: (path) => body(api.GET(`${ROOT}/segments/{key}`, { params: { path } })),
    revert: (path, revision, sending) =>
      body(api.POST(`${ROOT}/segments/{key}/revert`, { params: write(path, sending), body: { revision } })),
  },
  split: {
    read: (path) => body(api.GET(`${ROOT}/splits/{key}`, { params: { path } })),
    revert: (path, revision, sending) =>
      body(api.POST(`${ROOT}/splits/{key}/revert`, { params: write(path, sending), body: { revision } })),
  },
  binding: {
    read: (path) => body(api.GET(`${ROOT}/bindings/{key}`, { params: { path } })),
    revert: (path, revision, sending) =>
      body(api.POST(`${ROOT}/bindings/{key}/revert`, { params: write(path, sending), body: { revision } })),
  },
  plan: {
    read: (path) => body(api.GET(`${ROOT}/plans/{key}`, { params: { path } })),
    revert: (path, revision, sending) =>
      body(api.POST(`${ROOT}/plans/{key}/revert`, { params: write(path, sending), body: { revision } })),
  },
  freeze: {
    read: (path) => body(api.GET(`${ROOT}/freezes/{key}`, { params: { path } })),
    revert: (path, revision, sending) =>
      body(api.POST(`${ROOT}/freezes/{key}/revert`, { params: write(path, sending), body: { revision } })),
  },
};

/** How this kind is restored; undefined for one that is not. */
export function waysOf(kind: string): Ways | undefined {
  return WAYS[kind];
}

/** Old weights that could be set again at one place of a flag or traffic split. */
export interface OldWeights {
  /** `Default`, `Rule 2`. */
  readonly place: string;
  readonly rule: string | null;
  readonly weights: Readonly<Record<string, number>>;
  /** The document as it would say it then. */
  readonly after: Document;
}

/** Places that had other weights then, and are still there now: setting those is another thing than the old table. */
export function oldWeights(kind: string, now: Document, then: Document): readonly OldWeights[] {
  if (kind !== "flag" && kind !== "split") return [];
  const before = weightsOf(then.default);
  const found: OldWeights[] = [];
  if (before && !same(before, weightsOf(now.default)))
    found.push({
      place: "Default",
      rule: null,
      weights: before,
      after: { ...now, default: withWeights(now.default, before) },
    });
  const rules = rulesOf(now);
  rules.forEach((rule, i) => {
    const old = weightsOf(rulesOf(then).find(({ id }) => id && id === rule.id));
    if (!old || same(old, weightsOf(rule)) || !rule.id) return;
    const edited = rules.map((each) => (each === rule ? withWeights(each, old) : each));
    found.push({
      place: `Rule ${String(i + 1)}`,
      rule: rule.id,
      weights: old,
      after: { ...now, rules: edited },
    });
  });
  return found;
}

/** Sets weights at one place: as few units as possible move. */
export function setWeights(
  kind: string,
  path: Path,
  old: Pick<OldWeights, "weights" | "rule">,
  sending: Sending,
): Promise<Written> {
  const asked: Schemas["WeightsChange"] = { weights: old.weights, rule: old.rule };
  const params = write(path, sending);
  return kind === "flag"
    ? body(api.POST(`${ROOT}/flags/{key}/weights`, { params, body: asked }))
    : body(api.POST(`${ROOT}/splits/{key}/weights`, { params, body: asked }));
}

function weightsOf(of: unknown): Readonly<Record<string, number>> | null {
  const serves = of as Serve | undefined;
  return serves && "split" in serves ? serves.split.weights : null;
}

/** A place with these weights; its table is not known before the service has derived it. */
function withWeights(of: unknown, weights: Readonly<Record<string, number>>): unknown {
  const place = without(of, "serve");
  return { ...place, split: { by: "targetingKey", ...without(place.split, "allocation"), weights } };
}

function without(of: unknown, name: string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(of ?? {}).filter(([each]) => each !== name));
}

function rulesOf(of: Document): readonly Rule[] {
  return Array.isArray(of.rules) ? (of.rules as Rule[]) : [];
}
