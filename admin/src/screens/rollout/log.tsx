import { Button, Code, CopyButton, Group, Stack, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";

import { api, body } from "@/api/client";
import { topic } from "@/api/follows";
import { Async } from "@/components/async";
import { PhaseTag } from "@/components/rollout/phase-tag";
import { Exactly, Timed } from "@/components/when";
import { count } from "@/text/numbers";

import { effectWords, eventWords, jsonLines, measuredRows } from "./log-words";
import styles from "./rollout.module.css";
import type { LogEntry } from "./queries";

const PAGE = 50;

interface LogProps {
  readonly environment: string;
  readonly rolloutKey: string;
}

/** Everything that ever moved the rollout, newest first, each event with its inputs as it was taken in. */
export function Log({ environment, rolloutKey: key }: LogProps) {
  const query = useInfiniteQuery({
    queryKey: ["rollout-log", environment, key],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam: cursor }) =>
      body(
        api.GET("/api/v1/environments/{environment}/rollouts/{key}/log", {
          params: { path: { environment, key }, query: { limit: PAGE, cursor } },
        }),
      ),
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
    select: ({ pages }) => pages.flatMap(({ items }) => items),
    meta: { follows: [topic("rollout", environment, key), topic("rollout-status", environment, key)] },
  });
  return (
    <Async query={query}>
      {(entries) => (
        <Stack gap="sm">
          <Group justify="space-between" gap="xs">
            <Text size="sm" c="dimmed">
              {count(entries.length, "event")} shown{query.hasNextPage ? "; there are older ones" : ""}. The
              state of the rollout is what they lead to, and nothing else.
            </Text>
            <CopyButton value={jsonLines(entries)}>
              {({ copied, copy }) => (
                <Button size="compact-sm" variant="default" onClick={copy}>
                  {copied ? "Copied" : "Copy as JSON lines"}
                </Button>
              )}
            </CopyButton>
          </Group>
          <ol className={styles.log} reversed>
            {entries.map((entry) => (
              <Entry key={entry.number} entry={entry} />
            ))}
          </ol>
          {query.hasNextPage && (
            <Button
              variant="default"
              loading={query.isFetchingNextPage}
              onClick={() => void query.fetchNextPage()}
            >
              Show older events
            </Button>
          )}
        </Stack>
      )}
    </Async>
  );
}

function Entry({ entry }: { readonly entry: LogEntry }) {
  const rows = measuredRows(entry.event);
  return (
    <li className={styles.entry}>
      <div className={styles.entryHead}>
        <span className={styles.numbers}>
          <Exactly at={entry.at} />
        </span>
        <PhaseTag phase={entry.phase} />
        <span className={styles.against}>no. {entry.number}</span>
      </div>
      {entry.notes.map((note) => (
        <p key={note.kind + note.detail} className={styles.note}>
          <strong>{capital(note.meaning)}</strong>
          {note.detail && (
            <>
              : <Timed text={note.detail} />
            </>
          )}
        </p>
      ))}
      <p className={styles.note} data-quiet>
        <Timed text={eventWords(entry.event)} />
        {entry.done.map((effect) => `; ${effectWords(effect)}`)}.
      </p>
      <details className={styles.fold}>
        <summary>Inputs</summary>
        {rows.length > 0 && <Measurements rows={rows} />}
        <Code block tabIndex={0} aria-label={`Event ${String(entry.number)} as JSON`}>
          {JSON.stringify({ event: entry.event, done: entry.done }, null, 1)}
        </Code>
      </details>
    </li>
  );
}

function Measurements({ rows }: { readonly rows: ReturnType<typeof measuredRows> }) {
  return (
    <table className="fs-table fs-cards">
      <thead>
        <tr>
          <th scope="col">Metric</th>
          <th scope="col">Window</th>
          <th scope="col">Baseline</th>
          <th scope="col">Candidate</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.metric + row.window}>
            <td data-label="Metric">{row.metric}</td>
            <td data-label="Window">
              <Timed text={row.window} />
            </td>
            <td data-label="Baseline">{row.baseline}</td>
            <td data-label="Candidate">{row.candidate}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
