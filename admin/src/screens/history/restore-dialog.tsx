import { Button, Group, Modal, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { Async } from "@/components/async";
import { ProblemNotice } from "@/components/problem-notice";
import { rehearsal } from "@/components/review/write";
import { kindWord } from "@/text/deeds";
import { movers } from "@/text/movers";

import styles from "./history.module.css";
import type { Restoring, Way } from "./use-restore";

interface RestoreDialogProps {
  readonly restoring: Restoring | null;
  readonly onChoose: (write: Way["write"]) => Promise<void>;
  readonly onClose: () => void;
}

/** The ways back beside one another, each with who moves; or why there is none. */
export function RestoreDialog({ restoring, onChoose, onClose }: RestoreDialogProps) {
  const open = restoring?.state === "choice" || restoring?.state === "failed";
  return (
    <Modal
      opened={open}
      onClose={onClose}
      title={<strong>{titleOf(restoring)}</strong>}
      size="xl"
      closeButtonProps={{ "aria-label": "Close" }}
    >
      {restoring?.state === "failed" && <ProblemNotice error={restoring.error} />}
      {restoring?.state === "choice" && (
        <Stack>
          <Text>
            The weights differ from those of now, so there are two ways back. They move different units.
          </Text>
          <div className={styles.ways}>
            {restoring.ways.map((way) => (
              <WayBack key={way.title} way={way} onChoose={onChoose} />
            ))}
          </div>
        </Stack>
      )}
    </Modal>
  );
}

function WayBack({
  way,
  onChoose,
}: {
  readonly way: Way;
  readonly onChoose: RestoreDialogProps["onChoose"];
}) {
  const tried = useQuery({
    queryKey: ["rehearsal", way],
    queryFn: () => way.write.send(rehearsal(way.write, "")),
    retry: false,
    gcTime: 0,
  });
  return (
    <section className={styles.way} aria-label={way.title}>
      <Title order={3} size="h4">
        {way.title}
      </Title>
      <Text size="sm">{way.meaning}</Text>
      <Async query={tried} lines={1}>
        {({ moves }) => (
          <Text size="sm">
            <strong>Who moves:</strong> {movers(moves).join("; ") || "nobody"}
          </Text>
        )}
      </Async>
      <Group mt="auto">
        <Button variant="default" onClick={() => void onChoose(way.write)}>
          Review: {way.write.verb?.toLowerCase()}
        </Button>
      </Group>
    </section>
  );
}

function titleOf(restoring: Restoring | null): string {
  if (restoring?.state !== "choice") return "It cannot be restored";
  const { kind, key, revision } = restoring.target;
  return `Restore ${kindWord(kind)} ${key} as of revision ${String(revision)}`;
}
