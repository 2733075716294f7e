import { Button, Group, Modal, Select, Stack, Switch, Text, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";

import type { Environment } from "@/components/environment";
import { KeyInput } from "@/components/key-input";
import { useReview } from "@/components/review/review";
import { faultOfKey } from "@/text/keys";

import { protection } from "./protection";
import { creation, edition, type Fields } from "./writes";

interface EnvironmentFormProps {
  readonly environments: readonly Environment[];
  /** Null for a new one. */
  readonly environment: Environment | null;
  readonly onClose: () => void;
}

/** An environment's key, texts and policy; a new one may begin as a copy of another. */
export function EnvironmentForm({ environments, environment, onClose }: EnvironmentFormProps) {
  const [fields, setFields] = useState<Fields>(() => first(environment));
  const review = useReview();
  const taken = environments.map(({ key }) => key);
  const put = (part: Partial<Fields>) => setFields({ ...fields, ...part });
  const save = async () => {
    if (await review(environment ? edition(environment, fields) : creation(fields))) onClose();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={
        <strong>{environment ? `Edit ${environment.name ?? environment.key}` : "New environment"}</strong>
      }
    >
      <Stack
        component="form"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        {!environment && (
          <KeyInput
            value={fields.key}
            onChange={(key) => put({ key })}
            taken={taken}
            placeholder="qa"
            description="Stands in addresses and tokens; it cannot be changed."
          />
        )}
        <TextInput
          label="Name"
          value={fields.name}
          onChange={(event) => put({ name: event.currentTarget.value })}
        />
        <Textarea
          label="Description"
          autosize
          minRows={2}
          value={fields.description}
          onChange={(event) => put({ description: event.currentTarget.value })}
        />
        {!environment && (
          <Select
            label="Begin as a copy of"
            description="Its flags, segments and splits, with their salts: units keep their places. No bindings."
            placeholder="Nothing: every flag is off there"
            data={environments.map(({ key, name }) => ({ value: key, label: name ?? key }))}
            value={fields.copyFrom}
            onChange={(copyFrom) => put({ copyFrom })}
            clearable
          />
        )}
        <Switch
          label="Protected"
          checked={fields.protected}
          onChange={(event) => put({ protected: event.currentTarget.checked })}
        />
        <Switch
          label="Require a reason"
          checked={fields.requireReason}
          onChange={(event) => put({ requireReason: event.currentTarget.checked })}
        />
        <Text size="sm" c="dimmed" aria-live="polite">
          {protection(fields)}
        </Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            type="submit"
            disabled={!environment && (!fields.key || faultOfKey(fields.key, taken) !== null)}
          >
            Review
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function first(environment: Environment | null): Fields {
  return {
    key: environment?.key ?? "",
    name: environment?.name ?? "",
    description: environment?.description ?? "",
    protected: environment?.protected ?? false,
    requireReason: environment?.requireReason ?? false,
    copyFrom: null,
  };
}
