import { Button, Group, JsonInput, SegmentedControl, Stack, Text, TextInput, Title } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useId, type ReactNode } from "react";

import { attributesQuery } from "@/components/conditions";

import { AttributeRow } from "./attribute-row";
import { NOBODY, UNIT, type Form, type Row } from "./attributes";
import styles from "./context.module.css";
import type { ContextEditing } from "./use-context";

interface ContextCardProps {
  readonly title: string;
  readonly editing: ContextEditing;
  /** Whose documents suggest names of attributes. */
  readonly environment: string;
  /** Many units are asked for: there is no one unit, only what all have in common. */
  readonly shared?: boolean;
  /** What comes of it, below the fields. */
  readonly children?: ReactNode;
}

/** For whom it is asked: a form or JSON, which always say the same. */
export function ContextCard({ title, editing, environment, shared = false, children }: ContextCardProps) {
  const { form, faults, json, jsonFault, setForm, setJson } = editing;
  const id = useId();
  const stuck = json === null ? faults.length > 0 : jsonFault !== null;
  const turn = (way: string) => setJson(way === "json" ? pretty(editing) : null);
  return (
    <section className="fs-card" aria-labelledby={id}>
      <Stack gap="sm">
        <Group justify="space-between" wrap="nowrap">
          <Title order={2} id={id}>
            {title}
          </Title>
          <SegmentedControl
            size="xs"
            aria-label="How the context is written"
            data={[
              { value: "form", label: "Form", disabled: json !== null && stuck },
              { value: "json", label: "JSON", disabled: json === null && stuck },
            ]}
            value={json === null ? "form" : "json"}
            onChange={turn}
          />
        </Group>
        {json === null ? (
          <FormFields editing={editing} environment={environment} shared={shared} />
        ) : (
          <JsonInput
            label="Context as JSON"
            description={`An object; ${UNIT} is the unit.`}
            className={styles.code}
            autosize
            minRows={6}
            maxRows={20}
            spellCheck={false}
            value={json}
            error={jsonFault}
            onChange={setJson}
          />
        )}
        {stuck && (
          <Text size="xs" c="dimmed" role="status">
            {json === null
              ? "JSON waits until the marked fields are right."
              : "The form waits until this is right."}
          </Text>
        )}
        {(form.unit || form.rows.length > 0) && (
          <Group justify="space-between" gap="xs">
            <Text size="xs" c="dimmed" className={styles.promise}>
              Stays in this tab; the service keeps none of it.
            </Text>
            <Button size="compact-xs" variant="subtle" color="gray" onClick={() => setForm(NOBODY)}>
              Clear
            </Button>
          </Group>
        )}
        {children}
      </Stack>
    </section>
  );
}

function pretty({ context, json }: ContextEditing): string {
  return context ? JSON.stringify(context, null, 2) : (json ?? "");
}

type FormFieldsProps = Pick<ContextCardProps, "editing" | "environment" | "shared">;

function FormFields({ editing, environment, shared }: FormFieldsProps) {
  const { form, faults, setForm } = editing;
  const { data: known = [] } = useQuery(attributesQuery(environment));
  const free = known.filter((name) => !form.rows.some((row) => row.name === name));
  const put = (rows: readonly Row[]) => setForm({ ...form, rows });
  return (
    <>
      {!shared && (
        <TextInput
          label="Targeting key"
          description="The unit that splits draw and lists name."
          placeholder="user-42"
          autoComplete="off"
          spellCheck={false}
          value={form.unit}
          onChange={(event) => setForm({ ...form, unit: event.currentTarget.value })}
        />
      )}
      {form.rows.map((row, i) => (
        <AttributeRow
          key={row.id}
          row={row}
          place={i + 1}
          names={free}
          faults={faults.filter(({ id }) => id === row.id)}
          onChange={(next) => put(form.rows.map((each) => (each.id === row.id ? next : each)))}
          onRemove={() => put(form.rows.filter((each) => each.id !== row.id))}
        />
      ))}
      <Group gap={6}>
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconPlus size={14} aria-hidden="true" />}
          onClick={() => put([...form.rows, fresh(form, "")])}
        >
          Attribute
        </Button>
        {free.slice(0, SUGGESTED).map((name) => (
          <Button
            key={name}
            size="compact-sm"
            variant="subtle"
            aria-label={`Add ${name}`}
            onClick={() => put([...form.rows, fresh(form, name)])}
          >
            {name}
          </Button>
        ))}
      </Group>
    </>
  );
}

const SUGGESTED = 5;

function fresh({ rows }: Form, name: string): Row {
  const id = 1 + Math.max(-1, ...rows.map((row) => row.id));
  return { id, name, kind: "text", typed: null };
}
