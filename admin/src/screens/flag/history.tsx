import { Anchor, Button, Group, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { api, body, type Schemas } from "@/api/client";
import { topic } from "@/api/follows";
import { Difference } from "@/components/difference";
import { Empty } from "@/components/empty";
import { ProblemNotice } from "@/components/problem-notice";
import { useReview } from "@/components/review/review";
import type { Write } from "@/components/review/write";
import { Tag } from "@/components/tag";
import { When } from "@/components/when";
import { difference, type Document } from "@/text/diff";

import { useScene } from "./context";
import { danger, decisionsOf } from "./draft";
import styles from "./flag.module.css";
import { changesPage } from "./queries";

type Change = Schemas["Change"];

/** Every change of this flag here, newest first, with what it changed in words. */
export function History() {
  const { flag, environment } = useScene();
  const changes = useInfiniteQuery({
    queryKey: ["changes-of", "flag", environment.key, flag.key],
    queryFn: ({ pageParam }) => changesPage(environment.key, flag.key, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    meta: { follows: [topic("flag", environment.key, flag.key)] },
  });
  const items = changes.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section className="fs-card" aria-label="Changes" aria-busy={changes.isPending || undefined}>
      {changes.isPending && <Text role="status">Reading the history…</Text>}
      {changes.isError && <ProblemNotice error={changes.error} onRetry={() => void changes.refetch()} />}
      {changes.isSuccess && !items.length && <Empty title="Nothing has changed here yet" />}
      {items.map((change, i) => (
        <One key={change.revision} change={change} newest={i === 0} />
      ))}
      <Group justify="space-between" mt="sm">
        {changes.hasNextPage ? (
          <Button
            variant="default"
            loading={changes.isFetchingNextPage}
            onClick={() => void changes.fetchNextPage()}
          >
            Older changes
          </Button>
        ) : (
          <span />
        )}
        <Anchor
          size="sm"
          renderRoot={(props) => (
            <Link {...props} to="/history" search={{ env: environment.key, kind: "flag", key: flag.key }} />
          )}
        >
          Compare any two revisions
        </Anchor>
      </Group>
    </section>
  );
}

interface OneProps {
  readonly change: Change;
  readonly newest: boolean;
}

function One({ change, newest }: OneProps) {
  const { still, driven } = useScene();
  const restore = useRestore();
  const { editing } = useScene();
  const lines = difference(change.before, change.after);
  const again = change.after !== null && !newest && !still;
  return (
    <article className={styles.change} aria-label={`Revision ${String(change.revision)}`}>
      <Group justify="space-between" gap="xs" align="flex-start">
        <div>
          <Group gap="xs">
            <strong>Revision {change.revision}</strong>
            {newest && <Tag tone="ok">in force</Tag>}
            <Text span size="sm" c="dimmed">
              <When at={change.at} /> by {change.actor.name} · {change.action}
            </Text>
          </Group>
          {change.reason && <Text size="sm">“{change.reason}”</Text>}
        </div>
        {again && (
          <Group gap="xs">
            <Button size="compact-sm" variant="default" onClick={() => void restore(change)}>
              Restore this
            </Button>
            <Button
              size="compact-sm"
              variant="subtle"
              onClick={() => editing.decisions.set(decisionsOf(change.after as Document))}
              disabled={Object.keys(driven).length > 0}
              title="Sets these decisions again from today's tables: as few units move as can"
            >
              Edit from this
            </Button>
          </Group>
        )}
      </Group>
      {change.before &&
        (lines.length ? <Difference before={change.before} after={change.after} /> : <Silent />)}
    </article>
  );
}

function Silent() {
  return (
    <Text size="sm" c="dimmed">
      Nothing that decides.
    </Text>
  );
}

/** Goes back to a revision, as a new one: the very table of then, so that the same units get the same. */
function useRestore() {
  const { flag, environment, configuration, driven } = useScene();
  const review = useReview();
  const back = (change: Change, current: Document & { readonly version: number }): Write => {
    const [now, then] = [decisionsOf(current), decisionsOf(change.after ?? {})];
    const rollout = Object.values(driven)[0];
    const path = { environment: environment.key, key: flag.key };
    return {
      title: `Restore revision ${String(change.revision)} of ${flag.key} in ${environment.name ?? environment.key}`,
      environment,
      before: now,
      after: then,
      version: current.version,
      verb: "Restore",
      danger: rollout
        ? `The rollout ${rollout} is moving it: restoring takes it from the rollout, which then ends as its plan says.`
        : danger(now, then, false),
      send: ({ query, headers }) =>
        body(
          api.POST("/api/v1/environments/{environment}/flags/{key}/revert", {
            params: { path, query, header: headers },
            body: { revision: change.revision },
          }),
        ),
      again: async () =>
        back(
          change,
          await body(api.GET("/api/v1/environments/{environment}/flags/{key}", { params: { path } })),
        ),
    };
  };
  return (change: Change) => review(back(change, configuration));
}
