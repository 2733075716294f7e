import type { UnknownKey } from "@/api/service";
import type { Tone } from "@/components/tag";
import { list } from "@/text/numbers";

type Guess = "archived" | "typo" | "new";

const SHOWN = 3;

/** What an unknown key probably is, in a word or two. */
export const GUESSES: Readonly<Record<Guess, { readonly word: string; readonly tone: Tone }>> = {
  archived: { word: "archived", tone: "warn" },
  typo: { word: "perhaps a typo", tone: "info" },
  new: { word: "not created", tone: "quiet" },
};

/** An archived flag is certain; a key that is like another one is likely. */
export function guessOf({ archivedAt, similar }: UnknownKey): Guess {
  if (archivedAt !== null) return "archived";
  return similar.length ? "typo" : "new";
}

/** Who asks for it: `shop, worker and an application without a name`. */
export function askers({ askedBy }: UnknownKey): string {
  const names = [...new Set(askedBy.map(({ application }) => application))];
  const shown = names.filter(Boolean);
  const last = names.includes("") ? ["an application without a name"] : [];
  return list([...shown, ...last], "and", SHOWN);
}
