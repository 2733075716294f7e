import { Text } from "@mantine/core";

import type { Rehearsal } from "./rehearsal";
import styles from "./splits.module.css";

interface WhoMovesProps {
  readonly rehearsal: Rehearsal;
  /** Pointer of the place that serves, as in `/default` or `/rules/0`. */
  readonly pointer: string;
  /** Said where the place is new and has no units that could move. */
  readonly fresh?: boolean;
}

/** Who would move here if this were saved now, as the service says. */
export function WhoMoves({ rehearsal, pointer, fresh = false }: WhoMovesProps) {
  return (
    <p className={styles.moves} aria-live="polite" aria-busy={rehearsal.waiting || undefined}>
      <Text span size="sm" fw={600}>
        Who moves:
      </Text>{" "}
      <Text span size="sm">
        {sentence(rehearsal, pointer, fresh)}
      </Text>
    </p>
  );
}

function sentence({ written, problem, waiting }: Rehearsal, pointer: string, fresh: boolean): string {
  if (problem) return "unknown, as the service would not save this yet.";
  if (!written) return waiting ? "asking the service…" : "nobody; nothing is changed.";
  const found = written.moves.filter(
    (move) => move.pointer === pointer || move.pointer.startsWith(`${pointer}/`),
  );
  const said = found.map(({ summary }) => summary).join("; ");
  if (said) return `${said}.`;
  return fresh ? "this place is new; its units come from what is below it." : "nobody.";
}
