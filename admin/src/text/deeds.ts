import { count } from "./numbers";

/** What a change did, as far as a list says it. */
export interface Deed {
  readonly action: string;
  readonly edits: readonly { readonly kind: string; readonly key: string }[];
  readonly editCount: number;
}

/** A way by which a change came. */
export interface How {
  readonly word: string;
  readonly meaning: string;
  /** By the service itself: nobody pressed anything. */
  readonly itself: boolean;
}

const KINDS: Readonly<Record<string, string>> = {
  flag: "flag",
  segment: "segment",
  split: "traffic split",
  binding: "binding",
  plan: "plan",
  rollout: "rollout",
  freeze: "freeze",
  environment: "environment",
  token: "token",
};

const VERBS: Readonly<Record<string, string>> = {
  create: "Created",
  edit: "Edited",
  replace: "Edited",
  weights: "Changed the weights of",
  archive: "Archived",
  restore: "Brought back",
  revert: "Restored",
  swap: "Swapped the backends of",
  retry: "Tried again",
  resume: "Resumed",
  revoke: "Revoked",
  override: "Overrode a hold of",
  "restore-place": "Put back what a rollout had moved of",
};

/** What a rollout says of itself, after its key. */
const ROLLOUT: Readonly<Record<string, string>> = {
  started: "began",
  step: "began a step",
  applied: "saw its step in force",
  "gate-open": "waits at a gate",
  "gate-passed": "passed a gate",
  "gate-failed": "failed a gate",
  verdict: "has another verdict",
  unknown: "knew nothing for too long",
  frozen: "is held by a freeze",
  thawed: "is no longer held",
  paused: "was paused",
  resumed: "goes on",
  promoted: "was promoted",
  retried: "tries again",
  "share-off": "sees traffic split otherwise",
  interfered: "found its place changed",
  refused: "was refused a move",
  budget: "was paused: too many rollbacks",
  verifying: "is being verified",
  "rolling-back": "goes back",
  restored: "put a target back",
  "undo-failed": "could not undo a step",
  late: "goes back too slowly",
  "rolled-back": "was rolled back",
  aborted: "was aborted",
  completed: "is complete",
};

const WHOLE: Readonly<Record<string, (of: Deed) => string>> = {
  "environment.copy": (of) => `Copied ${count(of.editCount, "document")} from another environment`,
  "environment.revert": (of) => `Restored the environment: ${count(of.editCount, "document")}`,
  "documents.apply": (of) => `Applied files: ${count(of.editCount, "document")}`,
  "catalog.open": () => "Opened the catalogue",
  "epoch.new": () => "Began a new epoch",
};

const GUARD = new Set(["rolling-back", "rolled-back", "restored", "undo-failed", "late", "budget"]);

/** The kind of a document as people say it: `traffic split`. */
export function kindWord(kind: string): string {
  return KINDS[kind] ?? kind;
}

/** What was done, without saying to what when it is one document: `Edited`, `Restored the environment: 3 documents`. */
export function deed(of: Deed): { readonly words: string; readonly after: string } {
  const whole = WHOLE[of.action];
  if (whole) return { words: whole(of), after: "" };
  const [kind, word] = splitAt(of.action);
  const said = kind === "rollout" ? ROLLOUT[word] : undefined;
  if (said) return { words: "", after: said };
  return { words: VERBS[word] ?? `${kindWord(kind)}: ${word}`, after: "" };
}

/** How a change came: by a person in the console, with a token, by a rollout, its guard, routing or the service. */
export function how(actor: { readonly kind: string; readonly via?: string | null }, action: string): How {
  if (actor.via === "console")
    return { word: "console", meaning: "By a person who is signed in to the console.", itself: false };
  if (actor.kind !== "system")
    return {
      word: "token",
      meaning: "With a token: flagctl, or a program that asks the API.",
      itself: false,
    };
  const [kind, word] = splitAt(action);
  if (kind === "rollout" && GUARD.has(word))
    return {
      word: "guard",
      meaning: "By the guard of a rollout, which puts back what it moved.",
      itself: true,
    };
  if (kind === "rollout" || word === "restore-place" || word === "weights")
    return { word: "rollout", meaning: "By a rollout, as its plan says.", itself: true };
  return { word: "service", meaning: "By the service itself.", itself: true };
}

function splitAt(action: string): readonly [string, string] {
  const dot = action.indexOf(".");
  return dot < 0 ? [action, ""] : [action.slice(0, dot), action.slice(dot + 1)];
}
