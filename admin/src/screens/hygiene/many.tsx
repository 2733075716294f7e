import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";

import { problemOf } from "@/api/problem";
import { useEnvironments } from "@/components/environment-picker";
import { Notice, Tag } from "@/components/tag";
import { count } from "@/text/numbers";

import { archiveNow, demands } from "./archive";
import styles from "./hygiene.module.css";

type Outcome = "archiving" | "archived" | { readonly refused: string };

interface ArchiveManyProps {
  readonly keys: readonly string[];
  readonly onClose: () => void;
}

/** Archives one flag after the other, and says of each what became of it. */
export function ArchiveMany({ keys, onClose }: ArchiveManyProps) {
  const cache = useQueryClient();
  const wanted = demands(useEnvironments());
  const [reason, setReason] = useState("");
  const [typed, setTyped] = useState("");
  const [outcomes, setOutcomes] = useState<Readonly<Record<string, Outcome>>>({});
  const [state, setState] = useState<"asking" | "running" | "over">("asking");
  const stopped = useRef(false);
  const run = async () => {
    setState("running");
    for (const key of keys) {
      if (stopped.current) break;
      setOutcomes((now) => ({ ...now, [key]: "archiving" }));
      const outcome = await attempt(key, reason.trim());
      setOutcomes((now) => ({ ...now, [key]: outcome }));
    }
    setState("over");
    void cache.invalidateQueries();
  };
  const close = () => {
    stopped.current = true;
    onClose();
  };
  const ready = typed === wanted.typed && (reason.trim() || !wanted.reason);
  const done = Object.values(outcomes).filter((outcome) => outcome === "archived").length;
  return (
    <Modal
      opened
      onClose={close}
      size="lg"
      title={<strong>Archive {count(keys.length, "flag")}</strong>}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <Stack
        component="form"
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        {state === "asking" && (
          <Notice tone="warn" title="Look twice">
            No client finds them any more, in any environment
            {wanted.typed && ", protected ones too"}. Each can be restored.
          </Notice>
        )}
        <ul className={styles.outcomes} aria-label="Flags to archive">
          {keys.map((key) => (
            <li key={key}>
              <code className="fs-mono">{key}</code> <Result outcome={outcomes[key]} />
            </li>
          ))}
        </ul>
        {state === "asking" ? (
          <>
            <TextInput
              label="Why"
              description="Kept in the history of each, beside your name."
              required={wanted.reason}
              maxLength={1000}
              value={reason}
              onChange={(event) => setReason(event.currentTarget.value)}
              data-autofocus
            />
            {wanted.typed && (
              <TextInput
                label={`Type ${wanted.typed} to confirm`}
                required
                autoComplete="off"
                value={typed}
                onChange={(event) => setTyped(event.currentTarget.value)}
              />
            )}
          </>
        ) : (
          <Text size="sm" role="status">
            {done} of {count(keys.length, "flag")} archived
            {state === "running" ? "…" : "."}
          </Text>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {state === "running" ? "Stop" : state === "over" ? "Close" : "Keep them"}
          </Button>
          {state === "asking" && (
            <Button type="submit" color="red" disabled={!ready}>
              Archive
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}

async function attempt(key: string, reason: string): Promise<Outcome> {
  try {
    await archiveNow(key, reason);
    return "archived";
  } catch (failure) {
    const { title, detail } = problemOf(failure);
    return { refused: detail || title };
  }
}

function Result({ outcome }: { readonly outcome: Outcome | undefined }) {
  if (!outcome) return null;
  if (outcome === "archiving") return <Tag tone="info">archiving…</Tag>;
  if (outcome === "archived") return <Tag tone="ok">archived</Tag>;
  return (
    <>
      <Tag tone="bad">refused</Tag>
      <span className={styles.refusal}>{outcome.refused}</span>
    </>
  );
}
