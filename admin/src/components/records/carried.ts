import type { Document } from "@/text/diff";

/** What a flag has in each environment; what it is for all of them stays where it is. */
const CONFIGURED = ["enabled", "offVariant", "prerequisites", "targets", "rules", "default", "staleness"];

/** The part of a document that restoring and copying bring along. */
export function carried(kind: string, of: Document): Document {
  if (kind !== "flag") return of;
  return Object.fromEntries(Object.entries(of).filter(([name]) => CONFIGURED.includes(name)));
}
