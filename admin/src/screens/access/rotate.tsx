import { Button, Group, Modal, Select, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";

import { ProblemNotice } from "@/components/problem-notice";
import { Notice } from "@/components/tag";

import { rotate } from "./queries";
import type { Made } from "./secret";
import { useMade } from "./use-made";
import { OVERLAPS, type Token } from "./words";

interface RotateTokenProps {
  readonly token: Token;
  /** Whether this session goes by that token. */
  readonly mine: boolean;
  readonly onMade: (made: Made) => void;
  readonly onClose: () => void;
}

/** Makes another token in the place of one; both are valid for a while, so that nobody is refused meanwhile. */
export function RotateToken({ token, mine, onMade, onClose }: RotateTokenProps) {
  const [overlap, setOverlap] = useState<string>(OVERLAPS[2].value);
  const [reason, setReason] = useState("");
  const { busy, error, make } = useMade(onMade);
  return (
    <Modal
      opened
      onClose={onClose}
      title={<strong>{`Rotate ${token.name}`}</strong>}
      closeButtonProps={{ "aria-label": "Close; nothing is rotated" }}
    >
      <Stack
        component="form"
        onSubmit={(event) => {
          event.preventDefault();
          void make(() => rotate(token.id, Number(overlap), reason.trim()));
        }}
      >
        <Text size="sm">
          A new token with the same name and rights is made and shown once. Put it in the place of the old one
          before that ends.
        </Text>
        <Select
          label="The old token goes on for"
          allowDeselect={false}
          data={OVERLAPS}
          value={overlap}
          onChange={(value) => setOverlap(value ?? OVERLAPS[2].value)}
          data-autofocus
        />
        {overlap === "0" && (
          <Notice tone="warn" title="Look twice">
            Whoever still holds the old one is refused from this moment on.
            {mine && " You are signed in with it: this session ends, too."}
          </Notice>
        )}
        {mine && overlap !== "0" && (
          <Notice tone="info">
            You are signed in with this token: your session ends when the old one does.
          </Notice>
        )}
        <TextInput
          label="Why"
          description="Kept in the audit trail, beside your name."
          maxLength={1000}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        {error !== null && <ProblemNotice error={error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={busy}>
            Rotate
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
