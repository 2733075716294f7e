import { Button, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { Async } from "@/components/async";
import { Tag, type Tone } from "@/components/tag";
import { When } from "@/components/when";

import { eventsQuery } from "./queries";
import styles from "./routers.module.css";

const MORE = 20;
const TONES: Readonly<Record<string, Tone>> = {
  applied: "ok",
  agrees: "ok",
  reachable: "ok",
  "share-ok": "ok",
  begun: "info",
  reasserted: "info",
  late: "warn",
  drift: "warn",
  forgot: "warn",
  paused: "warn",
  "share-off": "warn",
  "rolling-back": "bad",
  reverted: "bad",
  refused: "bad",
  unreachable: "bad",
};

/** What happened to a binding, newest first, in words. */
export function Events({ environment, binding }: { readonly environment: string; readonly binding: string }) {
  const [limit, setLimit] = useState(MORE);
  const query = useQuery(eventsQuery(environment, binding, limit));
  return (
    <Async
      query={query}
      isEmpty={({ items }) => items.length === 0}
      empty={
        <Text size="sm" c="dimmed">
          Nothing has happened in the last 30 days.
        </Text>
      }
    >
      {({ items, nextCursor }) => (
        <>
          <ol className={styles.events} aria-label={`What happened to ${binding}`}>
            {items.map((event) => (
              <li key={event.number}>
                <Text span size="sm" c="dimmed" className={styles.when}>
                  <When at={event.at} />
                </Text>
                <div>
                  <Tag tone={TONES[event.kind] ?? "quiet"}>{event.kind}</Tag>{" "}
                  <Text span size="sm">
                    {event.router && <span className="fs-mono">{event.router}: </span>}
                    {event.meaning}
                  </Text>
                  {event.detail && (
                    <Text size="sm" c="dimmed">
                      {event.detail}
                    </Text>
                  )}
                </div>
              </li>
            ))}
          </ol>
          {nextCursor && (
            <Button size="xs" variant="subtle" onClick={() => setLimit(limit + MORE)}>
              Show older
            </Button>
          )}
        </>
      )}
    </Async>
  );
}
