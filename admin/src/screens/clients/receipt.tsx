import { Text } from "@mantine/core";

import type { Delivery } from "@/api/service";
import { Panel } from "@/components/panel";
import { number } from "@/text/numbers";

import styles from "./clients.module.css";
import { receipt } from "./standing";

interface ReceiptProps {
  readonly summary: Delivery;
  /** Whether it is about the present revision of the environment. */
  readonly present: boolean;
}

/** How far a revision has come: of all processes that are alive, those that hold it. */
export function Receipt({ summary, present }: ReceiptProps) {
  const { clients, current, revision } = summary;
  const { sentence } = receipt(summary);
  const done = clients > 0 && current === clients;
  return (
    <Panel title="Receipt" note={present ? "of the present revision" : `of revision ${String(revision)}`}>
      <div className={styles.receipt}>
        <p className={styles.count}>
          <strong>
            {number(current)} of {number(clients)}
          </strong>
          <span>at revision {revision}</span>
        </p>
        <div
          className={styles.bar}
          data-done={done || undefined}
          role="progressbar"
          aria-label={`Processes at revision ${String(revision)}`}
          aria-valuemin={0}
          aria-valuemax={Math.max(1, clients)}
          aria-valuenow={current}
        >
          <span style={{ width: clients ? `${String((current / clients) * 100)}%` : 0 }} />
        </div>
        <Text size="sm" c="dimmed" role="status">
          {sentence}
        </Text>
      </div>
    </Panel>
  );
}
