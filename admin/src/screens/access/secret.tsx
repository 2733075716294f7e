import { Button, CopyButton, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";

import type { Schemas } from "@/api/client";
import { Notice } from "@/components/tag";
import { When } from "@/components/when";

import styles from "./access.module.css";

export type Made = Schemas["NewToken"];

interface SecretDialogProps {
  readonly made: Made;
  readonly onClose: () => void;
}

/** The text of a new token, once: it lives in this dialog alone and is gone with it. */
export function SecretDialog({ made, onClose }: SecretDialogProps) {
  const text = made.token ?? "";
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      closeOnClickOutside={false}
      closeOnEscape={false}
      title={<strong>{`Copy the token ${made.name}`}</strong>}
      closeButtonProps={{ "aria-label": "Close; the token is not shown again" }}
    >
      <Stack>
        <Notice tone="warn" title="This is shown once">
          <Text size="sm">
            The service keeps a hash of it only. When this dialog closes, nobody can read it again; what is
            lost is replaced by rotating it.
          </Text>
        </Notice>
        <TextInput
          className={styles.secret}
          label="Token"
          readOnly
          value={text}
          autoComplete="off"
          spellCheck={false}
          onFocus={(event) => event.currentTarget.select()}
        />
        {made.replaces && (
          <Text size="sm">
            The old one {made.replaces.revokedAt ? "has ended." : "goes on and ends "}
            {!made.replaces.revokedAt && <When at={made.replaces.expiresAt} />}
            {!made.replaces.revokedAt && ": put the new one in its place until then."}
          </Text>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Close
          </Button>
          <CopyButton value={text}>
            {({ copied, copy }) => (
              <Button
                data-autofocus
                onClick={copy}
                leftSection={copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
              >
                {copied ? "Copied" : "Copy"}
              </Button>
            )}
          </CopyButton>
        </Group>
      </Stack>
    </Modal>
  );
}
