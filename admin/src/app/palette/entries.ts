import type { Schemas } from "@/api/client";
import type { Subject } from "@/components/kill/switch-off";

/** What an entry does when it is chosen. */
export type Deed =
  | { readonly go: string }
  | { readonly kill: Subject }
  | { readonly scheme: "auto" | "light" | "dark" }
  | { readonly call: "keys" | "sign-out" };

export type Kind = "flag" | "segment" | "split" | "rollout" | "screen" | "action" | "kill";

/** One line of the palette. */
export interface Entry {
  readonly id: string;
  readonly kind: Kind;
  readonly label: string;
  readonly hint: string;
  /** In lower case: what is searched. */
  readonly haystack: string;
  readonly bonus: number;
  readonly deed: Deed;
}

/** What the service has; each is empty as long as it is not known. */
export interface Things {
  readonly environments: readonly Pick<Schemas["MatrixEnvironment"], "key" | "name">[];
  readonly flags: readonly Schemas["MatrixFlag"][];
  readonly segments: readonly Placed[];
  readonly splits: readonly (Placed & { readonly enabled: boolean })[];
  readonly rollouts: readonly Pick<Schemas["RolloutLine"], "environment" | "key" | "name" | "phase">[];
}

/** A document of one environment. */
export interface Placed {
  readonly environment: string;
  readonly key: string;
  readonly name?: string | null;
}

interface Screen {
  readonly to: string;
  readonly label: string;
  readonly keys: string;
}

/** All lines, in the order in which they stand when nothing is typed. */
export function entriesOf(screens: readonly Screen[], things: Things): readonly Entry[] {
  const names = new Map(things.environments.map(({ key, name }) => [key, name ?? key]));
  const nameOf = (key: string) => names.get(key) ?? key;
  return [
    ...ACTIONS,
    ...screens.map(screen),
    ...things.rollouts.map((each) => ({
      ...placed("rollout", each, nameOf),
      bonus: each.phase in ENDED ? -50 : 40,
    })),
    ...things.flags.filter(({ archived }) => !archived).map(flag),
    ...things.segments.map((each) => placed("segment", each, nameOf)),
    ...things.splits.map((each) => placed("split", each, nameOf)),
    ...things.flags.flatMap((each) => kills(each, nameOf)),
    ...things.splits.filter(({ enabled }) => enabled).map((each) => killSplit(each, nameOf)),
  ];
}

const ENDED: Readonly<Record<string, true>> = { succeeded: true, "rolled-back": true, aborted: true };

function entry(kind: Kind, label: string, hint: string, deed: Deed, more = "", bonus = 0): Entry {
  const haystack = `${label} ${more}`.toLowerCase();
  return { id: `${kind}:${label}:${hint}`, kind, label, hint, haystack, bonus, deed };
}

const ACTIONS: readonly Entry[] = [
  entry("action", "Create a flag", "", { go: "/flags?create=true" }, "new add", 60),
  entry("action", "Start a rollout", "", { go: "/rollouts/new" }, "new create begin", 60),
  entry("action", "Create a segment", "", { go: "/segments?create=true" }, "new add", 60),
  entry("action", "Create a traffic split", "", { go: "/splits?create=true" }, "new add", 60),
  entry("action", "Use the dark theme", "", { scheme: "dark" }, "appearance"),
  entry("action", "Use the light theme", "", { scheme: "light" }, "appearance"),
  entry("action", "Use the system's theme", "", { scheme: "auto" }, "appearance"),
  entry("action", "List the keys", "?", { call: "keys" }, "shortcuts keyboard help"),
  entry("action", "Sign out", "", { call: "sign-out" }, "log out logout"),
];

function screen({ to, label, keys }: Screen): Entry {
  return entry("screen", label, keys, { go: to }, "go to", 80);
}

function flag({ key, name, tags, owner }: Schemas["MatrixFlag"]): Entry {
  const more = [name, owner, ...tags].filter(Boolean).join(" ");
  return entry("flag", key, name ?? "", { go: `/flags/${encodeURIComponent(key)}` }, more, 20);
}

const PATHS = { rollout: "rollouts", segment: "segments", split: "splits" } as const;

function placed(
  kind: keyof typeof PATHS,
  { environment, key, name }: Placed,
  nameOf: (key: string) => string,
): Entry {
  const path = `/${PATHS[kind]}/${encodeURIComponent(environment)}/${encodeURIComponent(key)}`;
  return entry(kind, key, nameOf(environment), { go: path }, `${name ?? ""} ${nameOf(environment)}`);
}

/** Below everything else that fits as well: whoever means it says so. */
const LAST = -300;

function kills(of: Schemas["MatrixFlag"], nameOf: (key: string) => string): readonly Entry[] {
  if (of.archived) return [];
  return Object.entries(of.environments)
    .filter(([, { enabled }]) => enabled)
    .map(([environment]) => {
      const deed = { kill: { kind: "flag", environment, key: of.key } } as const;
      const label = `Kill ${of.key} in ${nameOf(environment)}`;
      return entry("kill", label, "", deed, `${of.name ?? ""} switch off disable`, LAST);
    });
}

function killSplit({ environment, key }: Placed, nameOf: (key: string) => string): Entry {
  const deed = { kill: { kind: "split", environment, key } } as const;
  return entry("kill", `Kill split ${key} in ${nameOf(environment)}`, "", deed, "switch off traffic", LAST);
}
