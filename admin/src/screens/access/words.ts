import type { Schemas } from "@/api/client";
import type { Tone } from "@/components/tag";

export type Token = Schemas["Token"];
export type Kind = Token["kind"];

const DAY_MS = 86_400_000;
const SOON_MS = 7 * DAY_MS;

/** What a kind of token is called, what it may do, and who should hold it. */
export const KINDS: Readonly<Record<Kind, { readonly label: string; readonly may: string }>> = {
  admin: {
    label: "Admin",
    may: "Reads and changes everything in every environment, makes and ends tokens, and signs in here. For people, CI and flagctl.",
  },
  sdk: {
    label: "SDK",
    may: "Follows every rule of one environment, and reports usage and outcomes. Changes nothing. For servers: whoever holds it reads the rules.",
  },
  evaluation: {
    label: "Evaluation",
    may: "Asks for decisions in one environment, over OFREP, and sees no rule. Changes and reports nothing. May be in browsers and apps.",
  },
};

export const KIND_NAMES = ["admin", "sdk", "evaluation"] as const satisfies readonly Kind[];

/** Whether a token opens anything now: a word, its tone, and the time that belongs to it. */
export function stateOf(token: Token, now: number) {
  const { revokedAt, expiresAt } = token;
  if (revokedAt) return say("revoked", "quiet", revokedAt);
  if (!expiresAt) return say("valid", "ok", null);
  const left = new Date(expiresAt).getTime() - now;
  if (left <= 0) return say("expired", "quiet", expiresAt);
  return left <= SOON_MS ? say("ends soon", "warn", expiresAt) : say("valid", "ok", expiresAt);
}

function say(word: string, tone: Tone, at: string | null) {
  return { word, tone, at, over: word === "revoked" || word === "expired" };
}

/** Why ending this token needs a second look; empty when it does not. */
export function dangerOf(token: Token, mine: boolean, now: number): string {
  if (mine)
    return "You are signed in with this token: this session ends with it, and so do all others that it opened.";
  if (token.kind === "admin")
    return "Whoever works with this token, and every session that it opened, is out at once.";
  const used = token.usedAt ? now - new Date(token.usedAt).getTime() : Infinity;
  if (used <= DAY_MS) return "It was used within a day: whoever holds it is refused from now on.";
  return "";
}

/** What follows from ending it, for every one. */
export function consequence(token: Token): string {
  if (token.kind === "sdk")
    return "It ends now, for good. SDKs with it keep deciding from what they hold, receive no changes, and report nothing.";
  if (token.kind === "evaluation")
    return "It ends now, for good. Whoever asks with it is refused, and gets the defaults in the code.";
  return "It ends now, for good, and every session that it opened.";
}

/** How long the old token of a rotation goes on, in seconds. */
export const OVERLAPS = [
  { value: "0", label: "It ends at once" },
  { value: "3600", label: "1 hour" },
  { value: "86400", label: "1 day" },
  { value: "604800", label: "7 days" },
  { value: "2592000", label: "30 days" },
] as const;

/** How long a new token lives, in days; empty: until it is revoked. */
export const LIVES = [
  { value: "30", label: "30 days" },
  { value: "90", label: "90 days" },
  { value: "365", label: "1 year" },
  { value: "", label: "Until it is revoked" },
] as const;

/** The end of a life that begins now, as RFC 3339; null for one without an end. */
export function endOf(days: string, now: number): string | null {
  return days ? new Date(now + Number(days) * DAY_MS).toISOString() : null;
}
