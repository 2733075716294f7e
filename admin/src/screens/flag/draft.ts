import type { Schemas } from "@/api/client";
import { same, type Document } from "@/text/diff";
import { WHOLE } from "@/text/weights";
import type { Rule, Serve } from "@/text/words";

export type Configuration = Schemas["Configuration"];
export type Flag = Schemas["Flag"];

const DECIDING = [
  "enabled",
  "prerequisites",
  "targets",
  "rules",
  "default",
  "offVariant",
  "staleness",
] as const;

/** What a flag's configuration decides in one environment, in the order of evaluation. */
export type Decisions = Pick<Configuration, (typeof DECIDING)[number]>;

/** What belongs to the flag everywhere. */
export interface Definition {
  readonly name: string | null;
  readonly description: string | null;
  readonly owner: string | null;
  readonly tags: readonly string[];
  readonly expires: string | null;
  readonly variants: Readonly<Record<string, unknown>>;
}

/** The part of a configuration that can be edited here. */
export function decisionsOf(configuration: Document): Decisions {
  return Object.fromEntries(
    DECIDING.filter((name) => configuration[name] !== undefined).map((name) => [name, configuration[name]]),
  ) as Decisions;
}

/** The part of a definition that can be edited. */
export function definitionOf(flag: Document): Definition {
  const text = (name: string) => (typeof flag[name] === "string" && flag[name] ? flag[name] : null);
  return {
    name: text("name"),
    description: text("description"),
    owner: text("owner"),
    tags: Array.isArray(flag["tags"]) ? (flag["tags"] as string[]) : [],
    expires: text("expires"),
    variants: (flag["variants"] ?? {}) as Record<string, unknown>,
  };
}

/** As the service takes it: nothing that is not set. */
export function definitionBody(of: Definition): Schemas["FlagReplace"] {
  const set = Object.entries(of).filter(([, held]) => held !== null);
  return Object.fromEntries(set) as unknown as Schemas["FlagReplace"];
}

export type Stage =
  | { readonly kind: "definition"; readonly after: Definition }
  | { readonly kind: "decisions"; readonly after: Decisions };

/**
 * What has to be saved, in the order in which nothing ever refers to a variant that is not there: first the definition
 * with all new variants, then the decisions, and at last without the variants that are no longer served.
 */
export function stagesOf(
  definition: { readonly base: Definition; readonly value: Definition },
  decisions: { readonly base: Decisions; readonly value: Decisions },
): readonly Stage[] {
  const { base, value } = definition;
  const deciding = !same(decisions.base, decisions.value);
  const gone = Object.keys(base.variants).filter((name) => !(name in value.variants));
  const first =
    deciding && gone.length ? { ...value, variants: { ...base.variants, ...value.variants } } : value;
  const stages: Stage[] = [];
  if (!same(base, first)) stages.push({ kind: "definition", after: first });
  if (deciding) stages.push({ kind: "decisions", after: decisions.value });
  if (!same(first, value)) stages.push({ kind: "definition", after: value });
  return stages;
}

/** Where a variant is served or asked for here, in words. */
export function usesOf(variant: string, of: Decisions): readonly string[] {
  return [
    ...of.targets.flatMap((target) => (target.variant === variant ? ["listed units"] : [])),
    ...of.rules.flatMap((rule, i) => (serves(rule, variant) ? [`rule ${String(i + 1)}`] : [])),
    ...(serves(of.default, variant) ? ["default"] : []),
    ...(of.offVariant === variant ? ["off variant"] : []),
  ];
}

function serves(of: Serve | Rule, variant: string): boolean {
  return "split" in of ? variant in of.split.weights : of.serve === variant;
}

/** The one variant that everybody gets here, or null. */
export function wholly(of: Serve | Rule): string | null {
  if (!("split" in of)) return of.serve;
  return Object.entries(of.split.weights).find(([, weight]) => weight === WHOLE)?.[0] ?? null;
}

/** What deserves to be looked at twice, as a sentence: off, everybody at once, or everybody drawn anew. */
export function danger(before: Decisions, after: Decisions, redrawn: boolean): string | undefined {
  if (redrawn) return "Every unit of a split is drawn anew: people change sides, whatever the weights say.";
  if (before.enabled && !after.enabled) return `Everybody gets the off variant, ${after.offVariant}.`;
  const all = wholly(after.default);
  if (after.enabled && all && (all !== wholly(before.default) || !before.enabled))
    return `The default serves ${all} to everybody, 100 %.`;
  return undefined;
}

const LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz";

/** An id for a new rule: stable from the first moment, so that drafts, moves and merges can tell rules apart. */
export function freshId(): string {
  return [...crypto.getRandomValues(new Uint8Array(8))]
    .map((byte) => LETTERS[byte % LETTERS.length] ?? "0")
    .join("");
}

/** A rule that serves this variant to nobody yet known. */
export function blankRule(variant: string): Rule {
  return { id: freshId(), when: { all: [] }, serve: variant } as unknown as Rule;
}

/** The same rule again, with an id and a table of its own; its cohorts stay, as the salt does. */
export function copyOf(rule: Rule): Rule {
  const copy = { ...structuredClone(rule), id: freshId() };
  if ("split" in copy) delete (copy.split as { allocation?: unknown }).allocation;
  return copy;
}

/** The rule with something else to serve; its condition, id and description stay. */
export function serving(rule: Rule, serve: Serve): Rule {
  const { id, description, when } = rule;
  return { id, ...(description ? { description } : {}), when, ...serve } as Rule;
}

/** What a rule serves, without the rest of it. */
export function servedOf(rule: Rule): Serve {
  return "split" in rule ? { split: rule.split } : { serve: rule.serve };
}

/** A list with one item at another place. */
export function shifted<T>(list: readonly T[], from: number, to: number): T[] {
  const [item] = list.slice(from, from + 1);
  return item === undefined ? [...list] : list.toSpliced(from, 1).toSpliced(to, 0, item);
}
