import { kept, type Keeper } from "@/drafts/draft";
import { merge } from "@/drafts/merge";
import { same, type Document } from "@/text/diff";
import { WHOLE, type Weights } from "@/text/weights";
import type { Rule, Serve } from "@/text/words";

import type { Subject } from "./commands";

/** What a save would send: a flag's configuration, or a traffic split. */
export type Body = Document;

const MEMBERS = {
  flag: ["enabled", "prerequisites", "targets", "rules", "default", "offVariant", "staleness"],
  split: [
    ...["name", "description", "owner", "tags", "enabled", "backends", "stable", "force", "targets", "rules"],
    ...["default", "unit", "sticky", "mirror"],
  ],
} as const satisfies Record<Subject["kind"], readonly string[]>;

/** A draft, and the form of the document that it was made from. */
export interface Edit {
  readonly base: Body;
  readonly edited: Body;
}

/** The draft on top of what is in force now: whatever others saved since it was begun stays. */
export function onTopOf(current: Body, edit: Edit | null): Body {
  return edit ? merge(edit.base, edit.edited, current).merged : current;
}

/** The part of a document that is edited and saved. */
export function bodyOf(kind: Subject["kind"], document: Document): Body {
  const named = MEMBERS[kind].filter((name) => document[name] !== undefined && document[name] !== null);
  return Object.fromEntries(named.map((name) => [name, document[name]]));
}

/** The draft that the page of a flag or split keeps in this browser, or null. */
export function keptDraft(keeper: Keeper, environment: string, { kind, key }: Subject): Edit | null {
  const draft = kept<Body>(keeper, `${environment}/${kind}/${key}`);
  return draft && !same(draft.base, draft.edited) ? draft : null;
}

/** A place of a document that serves something. */
export interface Place {
  /** `default`, or the place of a rule. */
  readonly at: "default" | number;
  readonly label: string;
  readonly weights: Weights;
  /** All that can have a share. */
  readonly names: readonly string[];
}

/** The places whose weights can be tried: the default, and each rule, in the order of evaluation. */
export function placesOf(kind: Subject["kind"], document: Document, body: Body): readonly Place[] {
  const names = kind === "flag" ? Object.keys(document["variants"] ?? {}) : listed(document["backends"]);
  const rules = (body["rules"] ?? []) as readonly Rule[];
  return [
    ...rules.map((rule, i) => ({ at: i, label: `rule ${String(i + 1)}`, weights: weightsOf(rule), names })),
    { at: "default", label: "the default", weights: weightsOf(body["default"] as Serve), names },
  ];
}

function listed(of: unknown): readonly string[] {
  return Array.isArray(of) ? (of as string[]) : [];
}

/** The weights of what is served; one variant for everybody has all. */
export function weightsOf(serve: Serve | Rule): Weights {
  return "split" in serve ? serve.split.weights : { [serve.serve]: WHOLE };
}

/** The document with other weights at one place; everything else, salts and tables included, stays. */
export function weighed(body: Body, at: Place["at"], weights: Weights): Body {
  if (at === "default") return { ...body, default: reweighed(body["default"] as Serve, weights) };
  const rules = (body["rules"] ?? []) as readonly Rule[];
  return { ...body, rules: rules.map((rule, i) => (i === at ? reweighed(rule, weights) : rule)) };
}

function reweighed<S extends Serve | Rule>(serve: S, weights: Weights): S {
  if ("split" in serve) return { ...serve, split: { ...serve.split, weights } };
  const others = Object.entries(serve).filter(([name]) => name !== "serve");
  return { ...Object.fromEntries(others), split: { weights } } as unknown as S;
}
