import { because, type Schemas } from "@/api/client";
import type { Environment } from "@/components/environment";
import type { DocumentChange } from "@/components/records/differences";
import type { Document } from "@/text/diff";

/** The answer of a write: what all of them have in common, and the document where there is one. */
export type Written = Pick<
  Schemas["Written"],
  "environment" | "revision" | "version" | "changeId" | "moves" | "lints" | "heads" | "bindings" | "dryRun"
> & { readonly document?: unknown; readonly documents?: Readonly<Record<string, unknown>> };

/** How a write is sent: as a rehearsal or for good, with its headers and its query. */
export interface Sending {
  readonly query: { readonly dryRun?: boolean };
  readonly headers: Record<string, string>;
}

/** A change that waits for its review. */
export interface Write {
  /** An imperative: `Save checkout-v2`. */
  readonly title: string;
  /** Whose policy counts; left out for what belongs to all environments. */
  readonly environment?: Environment;
  readonly before: Document | null;
  readonly after: Document | null;
  /** The documents of a write that concerns several; they are told in place of `before` and `after`. */
  readonly documents?: readonly DocumentChange[];
  /** The version that it is based on; goes into If-Match. */
  readonly version?: number;
  /** What follows, in a sentence, for a command whose rehearsal cannot say who moves: it only sets something going. */
  readonly follows?: string;
  /** What is said when it is done; left out: which revision it was saved as. */
  readonly done?: string;
  /** A sentence about what cannot be taken lightly: in a protected environment its name has to be typed. */
  readonly danger?: string;
  /** What has to be typed to confirm, wherever it belongs; left out: what the environment asks for. */
  readonly typed?: string;
  /** Waits for nothing but its own answer: a kill switch. */
  readonly urgent?: boolean;
  /** What the button says; `Save` when left out. */
  readonly verb?: string;
  /** What the way back says; `Go on editing` when left out. */
  readonly back?: string;
  /** For what belongs to all environments: whether one of them wants to know why. */
  readonly why?: "required";
  /** Sends it; called once as a rehearsal (nothing is stored) and once for good. */
  readonly send: (sending: Sending) => Promise<Written>;
  /** What to do when somebody else was first. */
  readonly conflict?: Conflict;
  /** The same without a merge, for what is put back as it was: reads what is there now and makes the write anew. */
  readonly again?: () => Promise<Write>;
}

/** Both sides of a conflict, and the way to go on from the merge. */
export interface Conflict {
  readonly base: Document;
  readonly mine: Document;
  /** Reads what the service has now. */
  readonly read: () => Promise<{ readonly document: Document; readonly version: number }>;
  /** Goes on with the merge on top of that version; answers the write to review next. */
  readonly resolve: (theirs: Document, version: number, merged: Document) => Write;
}

/** A rehearsal: everything is checked and answered, nothing is stored. */
export function rehearsal(write: Write, reason: string): Sending {
  return { query: { dryRun: true }, headers: headers(write, reason || "rehearsal") };
}

/** For good. */
export function forGood(write: Write, reason: string): Sending {
  return { query: {}, headers: headers(write, reason) };
}

function headers(write: Write, reason: string): Record<string, string> {
  const match: Record<string, string> =
    write.version === undefined ? {} : { "If-Match": `"${String(write.version)}"` };
  return { ...match, ...because(reason) };
}

/** Whether the environment wants to know why. */
export function needsReason(write: Write): boolean {
  if (write.why === "required") return true;
  return write.environment ? write.environment.requireReason || write.environment.protected : false;
}

/** What has to be typed before it can be saved; empty for nothing. */
export function toType(write: Write): string {
  if (write.typed) return write.typed;
  return write.danger && write.environment?.protected ? write.environment.key : "";
}
