import { api, body, type Schemas } from "@/api/client";
import { unfinished } from "@/components/conditions";
import type { Environment } from "@/components/environment";
import type { Write } from "@/components/review/write";
import type { Editing } from "@/drafts/use-draft";
import type { Document } from "@/text/diff";
import { sum, WHOLE, type Weights } from "@/text/weights";

type Split = Schemas["TrafficSplit"];

/** What a person may change of a split. */
export type Edited = Pick<
  Split,
  | "name"
  | "description"
  | "owner"
  | "tags"
  | "enabled"
  | "backends"
  | "stable"
  | "force"
  | "targets"
  | "rules"
  | "default"
  | "unit"
  | "sticky"
  | "mirror"
>;

const MEMBERS = [
  "name",
  "description",
  "owner",
  "tags",
  "enabled",
  "backends",
  "stable",
  "force",
  "targets",
  "rules",
  "default",
  "unit",
  "sticky",
  "mirror",
] as const satisfies readonly (keyof Edited)[];

/** The part of a split that is edited, in the order of evaluation. */
export function editable(split: Split): Edited {
  return Object.fromEntries(MEMBERS.map((name) => [name, split[name] ?? null])) as unknown as Edited;
}

/** The weights of what is served; one backend for everybody has all. */
export function weightsOf(serve: Schemas["Serve"] | Schemas["Rule"]): Weights {
  return "split" in serve ? serve.split.weights : { [serve.serve]: WHOLE };
}

/** The other one of two when one has everything: what a swap would give everything to. */
export function swapTo({ backends, default: serve }: Pick<Split, "backends" | "default">): string | null {
  const weights = weightsOf(serve);
  const now = backends.find((name) => weights[name] === WHOLE);
  const other = backends.find((name) => name !== now);
  return backends.length === 2 && now && other ? other : null;
}

/** Why this cannot be saved, before the service is asked; null when nothing is wrong. */
export function faultOf({ backends, stable, default: serve, rules, targets, force }: Edited): string | null {
  if (!backends.length) return "A split needs a backend.";
  if (!backends.includes(stable)) return `The stable backend “${stable}” is none of the backends.`;
  if (force && !force.header.trim()) return "The header that names a backend is missing.";
  if (targets.some(({ units }) => !units.length)) return "A list of units is empty.";
  const open = rules.findIndex(({ when }) => unfinished(when).length > 0);
  if (open >= 0) return `Rule ${open + 1} is not complete.`;
  const uneven = [serve, ...rules].some((each) => "split" in each && sum(each.split.weights) !== WHOLE);
  return uneven ? "Every split has to make 100 % together." : null;
}

/** A sentence about what cannot be taken lightly in this change; undefined when nothing is. */
export function dangerOf(before: Edited, after: Edited): string | undefined {
  if (before.enabled && !after.enabled)
    return `Switched off, everybody gets ${after.stable}, whatever the rules say.`;
  const [was, is] = [weightsOf(before.default), weightsOf(after.default)];
  const whole = Object.keys(is).find((name) => is[name] === WHOLE && was[name] !== WHOLE);
  return whole && whole !== after.stable ? `Everybody whom no rule takes gets ${whole}.` : undefined;
}

/** The edit as it is sent: inside of rules, targets and the default, what is not set is left out. */
export function sendable(edited: Edited): Edited {
  const { rules, targets, default: serve } = edited;
  return { ...edited, ...(bare({ rules, targets, default: serve }) as Partial<Edited>) };
}

function bare(of: unknown): unknown {
  if (Array.isArray(of)) return of.map(bare);
  if (typeof of !== "object" || of === null) return of;
  const kept = Object.entries(of).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(kept.map(([name, value]) => [name, bare(value)]));
}

/** The write that saves an edit, with the way through a conflict. */
export function saving(environment: Environment, key: string, editing: Editing<Edited>): Write {
  return writing(environment, key, editing, editing.base, editing.value, editing.version);
}

function writing(
  environment: Environment,
  key: string,
  editing: Editing<Edited>,
  before: Edited,
  after: Edited,
  version: number,
): Write {
  const path = { environment: environment.key, key };
  return {
    title: `Save ${key}`,
    environment,
    before,
    after,
    version,
    danger: dangerOf(before, after),
    send: ({ query, headers }) =>
      body(
        api.PUT("/api/v1/environments/{environment}/splits/{key}", {
          params: { path, query, header: headers },
          body: sendable(after) as Schemas["TrafficSplitReplace"],
        }),
      ),
    conflict: {
      base: before,
      mine: after,
      read: async () => {
        const now = await body(
          api.GET("/api/v1/environments/{environment}/splits/{key}", { params: { path } }),
        );
        return { document: editable(now), version: now.version };
      },
      resolve: (theirs, newer, merged) => {
        editing.rebase(theirs as unknown as Edited, newer, merged as unknown as Edited);
        return writing(environment, key, editing, ...both(theirs, merged), newer);
      },
    },
  };
}

function both(theirs: Document, merged: Document): [Edited, Edited] {
  return [theirs as unknown as Edited, merged as unknown as Edited];
}

/** The write that gives everything to the other backend of two. */
export function swapping(environment: Environment, split: Split, to: string): Write {
  const weights = Object.fromEntries(split.backends.map((name) => [name, name === to ? WHOLE : 0]));
  return {
    title: `Swap ${split.key} to ${to}`,
    environment,
    before: { default: split.default },
    after: { default: { split: { weights } } },
    version: split.version,
    verb: `Swap to ${to}`,
    danger: to === split.stable ? undefined : `All traffic of ${split.key} goes to ${to} at once.`,
    send: ({ query, headers }) =>
      body(
        api.POST("/api/v1/environments/{environment}/splits/{key}/swap", {
          params: { path: { environment: environment.key, key: split.key }, query, header: headers },
          body: { to } as Schemas["Swap"],
        }),
      ),
  };
}
