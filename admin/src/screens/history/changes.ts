import type { Schemas } from "@/api/client";
import type { DocumentChange } from "@/components/records/differences";
import { movers } from "@/text/movers";

/** The documents of a difference, with who moves at each. */
export function documentChanges(items: readonly Schemas["Difference"][]): readonly DocumentChange[] {
  return items.map(({ kind, key, before, after, moves }) => ({
    kind,
    key,
    before,
    after,
    moves: decides(kind) && before && after ? movers(moves) : undefined,
  }));
}

/** Whether units are given anything by this kind of document. */
function decides(kind: string): boolean {
  return kind === "flag" || kind === "split" || kind === "segment";
}
