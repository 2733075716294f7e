import type { Document } from "@/text/diff";

import { carried } from "./carried";
import type { DocumentChange } from "./differences";

/** The documents that a rehearsal would write, with what they are now (by `kind/key`); null: not there. */
export function rehearsed(
  tried: { readonly documents?: Readonly<Record<string, unknown>> },
  now: ReadonlyMap<string, Document | null>,
): readonly DocumentChange[] {
  return Object.entries(tried.documents ?? {}).map(([name, written]) => {
    const [kind = "", key = ""] = name.split("/", 2);
    const [was, after] = [now.get(name) ?? null, written as Document];
    return {
      kind,
      key,
      before: was && carried(kind, was),
      after: after.archived ? null : carried(kind, after),
    };
  });
}
