import { Anchor, Button, Group, Modal, Progress, Stack, Text } from "@mantine/core";
import { IconCircleCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { api, body, type Schemas } from "@/api/client";
import { Async } from "@/components/async";
import { When } from "@/components/when";
import { count, number } from "@/text/numbers";
import { duration } from "@/text/times";

import styles from "./receipt.module.css";
import type { Subject } from "./switch-off";

/** Whose arrival is waited for, everywhere. */
export interface Awaited {
  readonly subject: Subject;
  /** Of the environment. */
  readonly name: string;
  readonly revision: number;
}

type Delivery = Schemas["Delivery"];

const AGAIN_MS = 1000;
const SHOWN = 5;

interface ReceiptDialogProps {
  readonly awaited: Awaited;
  readonly onClose: () => void;
}

/** It is off: who holds that already, counted until it is everybody. It can be left at any time. */
export function ReceiptDialog({ awaited, onClose }: ReceiptDialogProps) {
  const { subject, name } = awaited;
  return (
    <Modal
      opened
      onClose={onClose}
      title={<strong>{`${subject.key} is off in ${name}`}</strong>}
      closeButtonProps={{ "aria-label": "Close the receipt" }}
    >
      <Stack>
        <Receipt environment={subject.environment} revision={awaited.revision} />
        <Group justify="space-between">
          <Anchor
            size="sm"
            renderRoot={(props) => (
              <Link
                {...props}
                to="/clients"
                search={{ env: subject.environment, revision: awaited.revision }}
                onClick={onClose}
              />
            )}
          >
            All processes
          </Anchor>
          <Button variant="default" onClick={onClose} data-autofocus>
            Close
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

interface ReceiptProps {
  readonly environment: string;
  readonly revision: number;
}

/** How many processes with an SDK hold a revision; asked every second for as long as one of them does not. */
export function Receipt({ environment, revision }: ReceiptProps) {
  const query = useQuery({
    queryKey: ["receipt", environment, revision],
    queryFn: () =>
      body(
        api.GET("/api/v1/environments/{environment}/clients", {
          params: { path: { environment }, query: { revision, limit: 1 } },
        }),
      ),
    refetchInterval: ({ state }) => (state.data && isDone(state.data.summary) ? false : AGAIN_MS),
    gcTime: 0,
  });
  return (
    <Async query={query} lines={2}>
      {({ summary }) => <Delivered summary={summary} />}
    </Async>
  );
}

function isDone({ clients, current }: Delivery): boolean {
  return clients > 0 && current >= clients;
}

function Delivered({ summary }: { readonly summary: Delivery }) {
  const { clients, current, revision, behind } = summary;
  const done = isDone(summary);
  if (!clients) return <Nobody revision={revision} />;
  const counted = `${number(current)} of ${number(clients)}`;
  return (
    <Stack gap="xs">
      <p className={styles.count} data-done={done}>
        {done && <IconCircleCheck size={28} aria-hidden="true" />}
        <strong>{counted}</strong> <span>hold revision {String(revision)}</span>
      </p>
      <Progress
        value={(current / clients) * 100}
        color={done ? "green" : "indigo"}
        aria-label={`Processes that hold revision ${String(revision)}`}
      />
      <Text size="sm" role="status">
        {done
          ? `Every process that is known confirmed it${slowest(summary)}.`
          : `Waiting for ${count(clients - current, "process", "processes")}.`}
      </Text>
      {behind.length > 0 && (
        <ul className={styles.behind} aria-label="Not there yet">
          {behind.slice(0, SHOWN).map((client) => (
            <li key={client.client}>
              <code className="fs-mono">{client.application || client.client}</code>
              <span>
                holds {String(client.revision)}, seen <When at={client.lastSeenAt} />
              </span>
            </li>
          ))}
          {behind.length > SHOWN && <li>and {number(clients - current - SHOWN)} more</li>}
        </ul>
      )}
    </Stack>
  );
}

function slowest({ slowestMs }: Delivery): string {
  return slowestMs === null ? "" : `, the slowest ${duration(slowestMs / 1000)} after the change`;
}

function Nobody({ revision }: { readonly revision: number }) {
  return (
    <Text role="status">
      No process has reported here within three minutes, so there is nobody to count. Whoever starts now
      begins with revision {String(revision)} or a later one.
    </Text>
  );
}
