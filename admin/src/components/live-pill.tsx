import { Tooltip } from "@mantine/core";
import { createContext, useContext, useEffect, useSyncExternalStore } from "react";

import { Tag, type Tone } from "./tag";
import { clock } from "@/text/times";

import type { Connection } from "@/live/connection";
import type { Changed } from "@/live/events";

export const LiveContext = createContext<Connection | null>(null);

const SAID = {
  opening: ["connecting", "quiet", "The connection is being made."],
  live: ["live", "ok", "Changes arrive as they are made."],
  connecting: ["reconnecting", "warn", "The connection was lost and is being made again."],
  stale: ["stale", "bad", "The service cannot be heard. This is what was known then."],
} as const satisfies Record<string, readonly [string, Tone, string]>;

/** The connection of this tab; throws outside of the signed-in part. */
export function useLive(): Connection {
  const connection = useContext(LiveContext);
  if (!connection) throw new Error("useLive stands inside of LiveContext");
  return connection;
}

/** Calls back with each change as it arrives. */
export function useChanges(listener: (change: Changed) => void): void {
  const connection = useLive();
  useEffect(() => connection.onChange(listener), [connection, listener]);
}

/** Says whether the screen follows the service: live, reconnecting, or stale since when. */
export function LivePill() {
  const connection = useLive();
  const pill = useSyncExternalStore(connection.subscribe, () => connection.pill);
  const [word, tone, meaning] = SAID[pill.state];
  return (
    <Tooltip label={meaning}>
      <span role="status" aria-live="polite">
        <Tag tone={tone} dot>
          {pill.state === "stale" ? `${word} since ${clock(pill.since)}` : word}
        </Tag>
      </span>
    </Tooltip>
  );
}
