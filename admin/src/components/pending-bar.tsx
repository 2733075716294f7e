import { Button, Group, Text } from "@mantine/core";

import type { Editing } from "@/drafts/use-draft";
import { difference, type Document } from "@/text/diff";
import { count, list } from "@/text/numbers";

import styles from "./pending-bar.module.css";

interface PendingBarProps<T> {
  readonly editing: Editing<T>;
  readonly onReview: () => void;
  /** Why it cannot be reviewed yet. */
  readonly fault?: string | null;
}

/** What is edited and not saved, at the foot of the screen: nothing is saved before its review. */
export function PendingBar<T>({ editing, onReview, fault }: PendingBarProps<T>) {
  if (!editing.changed) return null;
  const labels = difference(editing.base as Document, editing.value as Document).map(({ label }) => label);
  return (
    <section className={styles.bar} aria-label="Pending changes">
      <div>
        <Text size="sm" role="status">
          <strong>{count(labels.length, "change")} not saved</strong>
          {labels.length > 0 && `: ${list(labels, "and", 3)}`}
        </Text>
        {editing.behind && (
          <Text size="sm" c="var(--fs-warn-ink)">
            Somebody saved a newer version meanwhile; the review merges both.
          </Text>
        )}
        {fault && (
          <Text size="sm" c="var(--fs-bad-ink)">
            {fault}
          </Text>
        )}
      </div>
      <Group gap="xs">
        <Button variant="default" onClick={editing.discard}>
          Discard
        </Button>
        <Button onClick={onReview} disabled={Boolean(fault)}>
          Review
        </Button>
      </Group>
    </section>
  );
}
