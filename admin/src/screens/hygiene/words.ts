import type { StaleFlag } from "@/api/service";
import type { Tone } from "@/components/tag";

type Code = StaleFlag["reasons"][number]["code"];

/** Why a flag is listed, in a word or two. */
export const REASONS: Readonly<Record<Code, { readonly word: string; readonly tone: Tone }>> = {
  "never-evaluated": { word: "never evaluated", tone: "quiet" },
  "not-evaluated": { word: "not evaluated", tone: "quiet" },
  "off-everywhere": { word: "off everywhere", tone: "quiet" },
  "fully-rolled-out": { word: "fully rolled out", tone: "info" },
  unchanged: { word: "left half-way", tone: "warn" },
  expired: { word: "expired", tone: "warn" },
};

/** The choices of how long a flag must have stood still. */
export const DAYS = [7, 14, 30, 60, 90, 180, 365] as const;
export const USUAL_DAYS = 30;

/** Every reason that a flag has, once, the most telling first. */
export function codesOf(flag: StaleFlag): readonly Code[] {
  return [...new Set(flag.reasons.map(({ code }) => code))];
}

/** Everybody who owns one of these flags, by name. */
export function ownersOf(flags: readonly StaleFlag[]): readonly string[] {
  return [...new Set(flags.flatMap(({ owner }) => (owner ? [owner] : [])))].sort();
}

/** Those of an owner, or all of them. */
export function ownedBy(flags: readonly StaleFlag[], owner: string | undefined): readonly StaleFlag[] {
  return owner ? flags.filter((flag) => flag.owner === owner) : flags;
}

const KEPT =
  "Keep the branch that everybody gets and delete the other one, with the call that asks for the flag.";
const OFF = "Delete the call that asks for the flag, and all that it kept off.";
const UNUSED = "Delete what you find. Where nothing asks for it, there is nothing to do in the code.";
const DECIDE =
  "Decide which variant everybody shall have, bring all environments there, and delete the call that asks for the flag.";

const IN_CODE: Readonly<Record<Code, string>> = {
  "never-evaluated": UNUSED,
  "not-evaluated": UNUSED,
  "off-everywhere": OFF,
  "fully-rolled-out": KEPT,
  unchanged: DECIDE,
  expired: DECIDE,
};

/** How to remove a flag, step by step: the code first, the flag last. */
export function steps(flag: StaleFlag): readonly { readonly text: string; readonly command?: string }[] {
  const [first = "expired"] = codesOf(flag).filter((code) => code !== "expired");
  return [
    { text: "Find who asks for it.", command: `git grep -n -- '${flag.key}'` },
    { text: IN_CODE[first] },
    { text: "Release that everywhere, and wait until no client evaluates the flag any more." },
    { text: "Archive it here. It can be restored with everything that it had." },
  ];
}
