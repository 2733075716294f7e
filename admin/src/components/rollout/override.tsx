import { Button, Group, Modal, Stack, Text, Textarea } from "@mantine/core";
import { useState } from "react";

import { Notice } from "@/components/tag";
import { Timed } from "@/components/when";

interface OverrideProps {
  /** What holds rollouts back, as a sentence. */
  readonly held: string;
  /** The button's words: `Promote all the same`. */
  readonly verb: string;
  readonly onGo: (reason: string) => void;
  readonly onClose: () => void;
}

/** Something holds rollouts back: asks why this one may go on all the same. */
export function Override({ held, verb, onGo, onClose }: OverrideProps) {
  const [reason, setReason] = useState("");
  return (
    <Modal
      opened
      onClose={onClose}
      title={<strong>Rollouts are held back</strong>}
      closeButtonProps={{ "aria-label": "Close; nothing is overridden" }}
    >
      <Stack
        component="form"
        onSubmit={(event) => {
          event.preventDefault();
          onGo(reason.trim());
        }}
      >
        <Notice tone="warn">
          <Timed text={held} />
        </Notice>
        <Text size="sm">
          An override lets pass what holds rollouts back now, by name, for as long as this rollout lives. It
          stands in the rollout and in the audit trail, beside your name. A freeze that comes later holds it
          again.
        </Text>
        <Textarea
          label="Why this one may go on"
          required
          data-autofocus
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value.replace(/\n/g, " "))}
          maxLength={1000}
          autosize
          minRows={2}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Wait
          </Button>
          <Button type="submit" disabled={!reason.trim()}>
            {verb}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
