import { Button, Checkbox, Group, Popover, Text, UnstyledButton } from "@mantine/core";
import { IconChevronDown, IconChevronUp } from "@tabler/icons-react";
import { useState } from "react";

import { Difference } from "@/components/difference";
import { difference, type Document } from "@/text/diff";
import { count } from "@/text/numbers";

import { useScene } from "./context";
import styles from "./flag.module.css";

/** Everything that is changed and not yet saved, in words; nothing of it is in force. */
export function PendingBar({ onSave }: { readonly onSave: () => Promise<void> }) {
  const { editing, environment } = useScene();
  const [shown, show] = useState(false);
  const [saving, setSaving] = useState(false);
  if (!editing.changed) return null;
  const { decisions, definition } = editing;
  const lines = [
    ...difference(decisions.base, decisions.value),
    ...difference(definition.base as unknown as Document, definition.value as unknown as Document),
  ];
  const place = environment.name ?? environment.key;
  const incomplete = editing.faults.filter(({ code }) => code === "unfinished").length;
  const save = () => {
    setSaving(true);
    void onSave().finally(() => setSaving(false));
  };
  return (
    <section className={styles.bar} aria-label="Pending changes">
      {shown && (
        <div className={styles.barDetails}>
          {decisions.changed && <Difference before={decisions.base} after={decisions.value} />}
          {definition.changed && (
            <Difference
              before={definition.base as unknown as Document}
              after={definition.value as unknown as Document}
            />
          )}
        </div>
      )}
      <Consent />
      <div className={styles.barRow}>
        <div>
          <UnstyledButton onClick={() => show(!shown)} aria-expanded={shown}>
            <Group gap={6} wrap="nowrap">
              <strong>
                {count(lines.length, "change")} {definition.changed ? "" : `in ${place} `}not saved
              </strong>
              {shown ? <IconChevronDown size={16} /> : <IconChevronUp size={16} />}
            </Group>
          </UnstyledButton>
          <Text size="xs" c="dimmed" lineClamp={2}>
            {lines.map(({ label }) => label).join(", ")} · kept in this browser, begun from revision{" "}
            {decisions.changed ? decisions.version : definition.version}
          </Text>
          <Refusal incomplete={incomplete} />
        </div>
        <Group gap="xs" wrap="nowrap">
          <Discard changes={lines.length} onDiscard={editing.discard} />
          <Button onClick={save} loading={saving} disabled={incomplete > 0}>
            Review and save
          </Button>
        </Group>
      </div>
    </section>
  );
}

/** Why it cannot be saved as it is. */
function Refusal({ incomplete }: { readonly incomplete: number }) {
  const { editing } = useScene();
  const { problem } = editing.rehearsal;
  const sentence = incomplete
    ? `${count(incomplete, "place")} to be completed above.`
    : problem && problem.code !== "rerandomise-required"
      ? problem.detail
      : "";
  return sentence ? (
    <Text size="sm" c="var(--mantine-color-error)" role="status">
      {sentence}
    </Text>
  ) : null;
}

/** Drawing every unit anew is asked for expressly, once the service says that it would come to that. */
function Consent() {
  const { editing } = useScene();
  if (!editing.asks) return null;
  return (
    <Checkbox
      mb="xs"
      label="Draw every unit anew"
      description="Another salt, hash or space: people change sides, whatever the weights say. Without this the service refuses."
      checked={editing.rerandomise}
      onChange={(event) => editing.allow(event.currentTarget.checked)}
    />
  );
}

function Discard({ changes, onDiscard }: { readonly changes: number; readonly onDiscard: () => void }) {
  const [open, setOpen] = useState(false);
  return (
    <Popover opened={open} onChange={setOpen} position="top-end" trapFocus withinPortal>
      <Popover.Target>
        <Button variant="default" onClick={() => setOpen(!open)}>
          Discard
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Text size="sm" mb="xs">
          {count(changes, "change")} will be gone.
        </Text>
        <Group gap="xs">
          <Button
            size="xs"
            color="red"
            onClick={() => {
              setOpen(false);
              onDiscard();
            }}
          >
            Discard them
          </Button>
          <Button size="xs" variant="default" onClick={() => setOpen(false)} data-autofocus>
            Keep them
          </Button>
        </Group>
      </Popover.Dropdown>
    </Popover>
  );
}
