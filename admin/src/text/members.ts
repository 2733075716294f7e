import { list } from "./numbers";
import { duration } from "./times";
import { percent } from "./weights";
import { condition, prerequisite, serve, target, value, weights, type Condition, type Serve } from "./words";

/** What a member of a document is called on screens; one that stands not here goes by its own name. */
export const LABELS: Readonly<Record<string, string>> = {
  enabled: "State",
  state: "State",
  offVariant: "Off variant",
  default: "Default",
  name: "Name",
  description: "Description",
  owner: "Owner",
  tags: "Tags",
  expires: "Expires",
  variants: "Variants",
  prerequisites: "Prerequisites",
  targets: "Targets",
  when: "Condition",
  by: "Unit",
  included: "Included",
  excluded: "Excluded",
  staleness: "When out of date",
  backends: "Backends",
  stable: "Stable backend",
  unit: "Unit comes from",
  force: "Forced by",
  sticky: "Cookie",
  mirror: "Mirror",
  split: "Traffic split",
  routers: "Routers",
  drift: "On drift",
  onFailure: "On failure",
  deadlineSeconds: "Deadline",
  attempt: "Attempt",
  strategy: "Strategy",
  before: "Gates before",
  after: "Gates after",
  analysis: "Analysis",
  applyWithin: "In force within",
  cooldown: "Cooldown",
  back: "Way back",
  downtime: "Downtime",
  reminder: "Reminder",
  from: "From",
  until: "Until",
  weekly: "Every week",
  reason: "Reason",
  protected: "Protected",
  requireReason: "A reason is required",
  type: "Type",
  planKey: "From plan",
  plan: "Plan",
  deployment: "Deployment",
  override: "Override",
  startAt: "Starts at",
  startedBy: "Started by",
};

const ORDER = [
  ...[
    "enabled",
    "prerequisites",
    "included",
    "excluded",
    "targets",
    "rules",
    "when",
    "by",
    "default",
    "offVariant",
  ],
  ...["variants", "backends", "stable", "unit", "strategy", "before", "steps", "after"],
  ...["type", "name", "description", "owner", "tags", "expires"],
];

/** Where a member stands on screens: what decides in the order of evaluation, then what describes, then the rest. */
export function place(name: string): number {
  const found = ORDER.indexOf(name);
  return found < 0 ? ORDER.length : found;
}

/** How a member of a document reads. */
export const SAID: Readonly<Record<string, (of: never) => string>> = {
  enabled: (of: boolean) => (of ? "on" : "off"),
  default: (of: Serve) => serve(of),
  when: (of: Condition) => condition(of),
  tags: (of: string[]) => of.join(", ") || "none",
  prerequisites: (of: Parameters<typeof prerequisite>[0][]) => list(of.map(prerequisite)) || "none",
  targets: (of: (Parameters<typeof target>[0] | PlanTarget)[]) => of.map(anyTarget).join("; ") || "none",
  protected: yesNo,
  requireReason: yesNo,
  variants: (of: Readonly<Record<string, unknown>>) =>
    Object.entries(of)
      .map(([name, held]) => (name === held ? name : `${name} = ${value(held)}`))
      .join(", "),
  staleness: (of: { afterSeconds?: number | null; then?: string | null }) =>
    [
      of.afterSeconds && `after ${duration(of.afterSeconds)}`,
      of.then === "off" ? "serve the off variant" : "go on",
    ]
      .filter(Boolean)
      .join(" "),
  backends: (of: string[]) => list(of),
  routers: (of: string[]) => list(of),
  deadlineSeconds: duration,
  unit: (of: { headers?: string[]; cookies?: string[]; clientAddress?: boolean }) =>
    list(
      [
        ...(of.headers ?? []).map((name) => `header ${name}`),
        ...(of.cookies ?? []).map((name) => `cookie ${name}`),
        ...(of.clientAddress ? ["the client's address"] : []),
      ],
      "then",
    ) || "nothing",
  force: (of: { header: string }) => `header ${of.header}`,
  sticky: (of: { cookie: string; maxAgeSeconds: number; secure: boolean }) =>
    `${of.cookie} for ${duration(of.maxAgeSeconds)}${of.secure ? ", over https only" : ""}`,
  mirror: (of: { backend: string; share: number }) => `${percent(of.share)} of requests to ${of.backend}`,
  weekly: (of: { weekdays: string[]; start: string; end: string; zone: string }) =>
    `${list(of.weekdays)} from ${of.start} to ${of.end} (${of.zone})`,
  before: gates,
  after: gates,
  steps: (of: Step[]) => of.map((each, i) => `${String(i + 1)}. ${step(each)}`).join("; "),
  plan: (of: { strategy?: string; steps?: Step[] }) =>
    `${of.strategy ?? "steps"}: ${list((of.steps ?? []).map(step), "then")}`,
  deployment: (of: { version?: string; commit?: string }) =>
    [of.version, of.commit && `commit ${of.commit}`].filter(Boolean).join(", "),
  override: (of: { reason?: string; by?: string }) => `${of.reason ?? ""}${of.by ? ` (${of.by})` : ""}`,
  analysis: (of: { metrics?: { name: string; kind: string }[]; alpha?: number; every?: string }) =>
    [
      list((of.metrics ?? []).map(({ name, kind }) => (name === kind ? name : `${name} (${kind})`))) ||
        "no metric",
      of.every && `every ${of.every}`,
      of.alpha !== undefined && `false alarm ${String(of.alpha)}`,
    ]
      .filter(Boolean)
      .join(", "),
};

interface PlanTarget {
  readonly name?: string;
  readonly kind: string;
  readonly key: string;
  readonly rule?: string;
  readonly candidate: string;
  readonly baseline: string;
}

interface Step {
  readonly name?: string | null;
  readonly weights?: Readonly<Record<string, number | Readonly<Record<string, number>>>>;
  readonly hold?: string;
  readonly gates?: readonly Gate[];
  readonly hook?: { readonly url: string } | null;
}

interface Gate {
  readonly name: string;
  readonly kind: string;
  readonly title?: string | null;
}

/** A step of a plan in a line: `edge 25 %, hold 15m, gate “Looked at” (approval)`. */
export function step(of: Step): string {
  const moved = Object.entries(of.weights ?? {}).map(([name, weight]) =>
    typeof weight === "number" ? `${name} ${percent(weight)}` : `${name} ${weights(weight)}`,
  );
  const parts = [
    list(moved) || "moves nothing",
    of.hold && `hold ${of.hold}`,
    of.gates?.length && gates(of.gates),
  ];
  return [...parts, of.hook && `calls ${of.hook.url}`].filter(Boolean).join(", ");
}

function gates(of: readonly Gate[]): string {
  return list(of.map(({ name, kind, title }) => `${title ? `“${title}”` : name} (${kind})`)) || "none";
}

function anyTarget(of: Parameters<typeof target>[0] | PlanTarget): string {
  if ("units" in of) return target(of);
  const place = of.rule ? `, rule ${of.rule}` : "";
  return `${of.kind} ${of.key}${place}: ${of.candidate} against ${of.baseline}`;
}

function yesNo(of: boolean): string {
  return of ? "yes" : "no";
}
