import type { components } from "@/api/schema";
import { same, type Document } from "./diff";

type Moves = components["schemas"]["Moves"];

/** Members that say whom a document reaches, and not what those get. */
const MATCHING = ["prerequisites", "targets", "included", "excluded", "when", "by"] as const;

/** Who moves, each place in a sentence; where a document moves at several, each is named. */
export function movers(moves: readonly Moves[]): readonly string[] {
  return moves.map((move) => {
    const alone = moves.filter(({ document }) => document === move.document).length === 1;
    return alone ? move.summary : `${place(move.pointer)}: ${move.summary}`;
  });
}

/** `Default`, `Rule 2`, `List 1`: what a pointer to a place that serves means. */
function place(pointer: string): string {
  const [, member, index] = pointer.split("/");
  const number = String(Number(index) + 1);
  if (member === "rules") return `Rule ${number}`;
  if (member === "targets") return `List ${number}`;
  return "Default";
}

/** Whether it changes which units come to which place: those nobody can count without knowing them. */
export function matching(before: Document | null, after: Document | null): boolean {
  if (!before || !after) return false;
  return (
    MATCHING.some((name) => name in after && !same(before[name], after[name])) ||
    ("rules" in after && !same(conditions(before), conditions(after)))
  );
}

function conditions({ rules }: Document): unknown {
  const listed = Array.isArray(rules) ? (rules as readonly Document[]) : [];
  return listed.map(({ id, when }) => ({ id, when }));
}
