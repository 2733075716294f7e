import { Button, Checkbox, Group, Modal, Radio, Stack, TextInput } from "@mantine/core";
import { useState } from "react";

import type { Environment } from "@/components/environment";

import { freezeBody, isWhole, type FreezeForm as Form } from "./form-state";
import type { Freeze } from "./queries";
import { WEEKDAYS, whenWords, type Weekly } from "./words";
import { useSaveFreeze } from "./writes";

interface FreezeFormProps {
  readonly environment: Environment;
  readonly stored: Freeze | null;
  readonly begun: Form;
  readonly onClose: () => void;
}

/** A freeze: why, and when; then its review. */
export function FreezeForm({ environment, stored, begun, onClose }: FreezeFormProps) {
  const [form, setForm] = useState(begun);
  const save = useSaveFreeze(environment);
  const set = (part: Partial<Form>) => setForm({ ...form, ...part });
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={<strong>{stored ? `Freeze ${stored.key}` : "New freeze"}</strong>}
      closeButtonProps={{ "aria-label": "Close; nothing is saved" }}
    >
      <Stack
        component="form"
        onSubmit={(event) => {
          event.preventDefault();
          void save(form, stored).then((saved) => saved && onClose());
        }}
      >
        {!stored && (
          <TextInput
            label="Key"
            required
            data-autofocus
            value={form.key}
            onChange={(event) => set({ key: event.currentTarget.value })}
          />
        )}
        <TextInput
          label="Why"
          description="Said to whoever has to wait."
          required
          value={form.reason}
          onChange={(event) => set({ reason: event.currentTarget.value })}
        />
        <Radio.Group label="When" value={form.mode} onChange={(mode) => set({ mode })}>
          <Stack gap="xs" mt={4}>
            <Radio value="open" label="From now until it is lifted" />
            <Radio value="span" label="From one moment to another" />
            <Radio value="weekly" label="Every week" />
          </Stack>
        </Radio.Group>
        {form.mode === "span" && <Span form={form} set={set} />}
        {form.mode === "weekly" && <Week weekly={form.weekly} set={(weekly) => set({ weekly })} />}
        {isWhole(form) && <p aria-live="polite">It holds {inWords(form, stored)}.</p>}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" disabled={!isWhole(form)}>
            Review
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function inWords(form: Form, stored: Freeze | null): string {
  return whenWords(freezeBody(form, stored));
}

interface SpanProps {
  readonly form: Form;
  readonly set: (part: Partial<Form>) => void;
}

function Span({ form, set }: SpanProps) {
  return (
    <Group grow preventGrowOverflow={false}>
      <TextInput
        type="datetime-local"
        label="From"
        description="Empty: it has begun"
        value={form.from}
        onChange={(event) => set({ from: event.currentTarget.value })}
      />
      <TextInput
        type="datetime-local"
        label="Until"
        description="Empty: until it is lifted"
        value={form.until}
        onChange={(event) => set({ until: event.currentTarget.value })}
      />
    </Group>
  );
}

interface WeekProps {
  readonly weekly: Weekly;
  readonly set: (weekly: Weekly) => void;
}

function Week({ weekly, set }: WeekProps) {
  return (
    <>
      <Checkbox.Group
        label="Begins on"
        value={weekly.weekdays}
        onChange={(days) => set({ ...weekly, weekdays: WEEKDAYS.filter((day) => days.includes(day)) })}
      >
        <Group gap="sm" mt={4}>
          {WEEKDAYS.map((day) => (
            <Checkbox key={day} value={day} label={day.charAt(0).toUpperCase() + day.slice(1)} />
          ))}
        </Group>
      </Checkbox.Group>
      <Group grow preventGrowOverflow={false}>
        <TextInput
          type="time"
          label="Start"
          value={weekly.start}
          onChange={(event) => set({ ...weekly, start: event.currentTarget.value })}
        />
        <TextInput
          type="time"
          label="End"
          value={weekly.end}
          onChange={(event) => set({ ...weekly, end: event.currentTarget.value })}
        />
        <TextInput
          label="Time zone"
          value={weekly.zone}
          onChange={(event) => set({ ...weekly, zone: event.currentTarget.value })}
        />
      </Group>
    </>
  );
}
