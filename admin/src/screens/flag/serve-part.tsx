import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { attributesQuery, below } from "@/components/conditions";
import { ServeEditor, tableOf, WhoMoves } from "@/components/splits";
import type { Rule, Serve } from "@/text/words";

import { useScene } from "./context";

interface ServePartProps {
  readonly label: string;
  /** `/default`, or `/rules/0`. */
  readonly pointer: string;
  readonly value: Serve;
  /** What is served at the same place now; undefined for a place that is new. */
  readonly live: Serve | Rule | undefined;
  /** The same place in what a save would make. */
  readonly next: Serve | Rule | undefined;
  readonly onChange: (value: Serve) => void;
}

/** What is served, with the tables before and after, and who moves, as the service answers while it is edited. */
export function ServePart({ label, pointer, value, live, next, onChange }: ServePartProps) {
  const { editing, environment, flag } = useScene();
  const attributes = useQuery(attributesQuery(environment.key));
  const stored = live && "split" in live ? tableOf(live.split) : null;
  const after = next && "split" in next ? tableOf(next.split) : null;
  const moves = editing.blocked ? (
    <Text size="sm" c="dimmed">
      <strong>Who moves:</strong> {editing.blocked}
    </Text>
  ) : (
    <WhoMoves rehearsal={editing.rehearsal} pointer={pointer} fresh={!live} />
  );
  return (
    <ServeEditor
      label={label}
      value={value}
      onChange={onChange}
      names={editing.names}
      attributes={attributes.data}
      stored={stored}
      next={editing.rehearsal.written ? after : null}
      moves={moves}
      salt={flag.salt}
      faults={below(editing.faults, pointer)}
    />
  );
}
