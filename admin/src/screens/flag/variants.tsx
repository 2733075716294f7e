import { ActionIcon, Button, Group, NativeSelect, Text, Textarea, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useState } from "react";

import { Tag } from "@/components/tag";
import { list } from "@/text/numbers";

import { useScene } from "./context";
import { usesOf, type Flag } from "./draft";
import styles from "./flag.module.css";
import { Section } from "./section";
import { firstValue, nameFault, readValue, shownValue } from "./variant-values";

/** The variants, each with its value and where it is served. A new one is offered in every rule at once. */
export function Variants() {
  const { flag, editing, value: decisions, still, environment } = useScene();
  const { value, set } = editing.definition;
  const put = (variants: Readonly<Record<string, unknown>>) => set((now) => ({ ...now, variants }));
  const place = environment.name ?? environment.key;
  return (
    <Section title="Variants" hint={`values are of type ${flag.type}`}>
      <ul className={styles.variants}>
        {Object.entries(value.variants).map(([name, held]) => {
          const uses = usesOf(name, decisions);
          return (
            <li key={name}>
              <Text mt={6} fw={500} style={{ overflowWrap: "anywhere" }}>
                {name} {editing.unsaved.includes(name) && <Tag tone="info">new</Tag>}
              </Text>
              <div className={styles.valueField}>
                <ValueField
                  label={`Value of ${name}`}
                  type={flag.type}
                  value={held}
                  disabled={still}
                  onChange={(next) => put({ ...value.variants, [name]: next })}
                />
              </div>
              <Text size="sm" c="dimmed" mt={8} className={styles.used}>
                {uses.length ? `${list([...new Set(uses)])} in ${place}` : `not served in ${place}`}
              </Text>
              <ActionIcon
                size="lg"
                aria-label={`Remove variant ${name}`}
                disabled={still || uses.length > 0}
                title={uses.length ? `Served by ${list([...new Set(uses)])}` : undefined}
                onClick={() => put(without(value.variants, name))}
              >
                <IconTrash size={16} />
              </ActionIcon>
            </li>
          );
        })}
      </ul>
      {!still && (
        <NewVariant
          taken={Object.keys(value.variants)}
          onAdd={(name) => put({ ...value.variants, [name]: firstValue(flag.type) })}
        />
      )}
    </Section>
  );
}

interface ValueFieldProps {
  readonly label: string;
  readonly type: Flag["type"];
  readonly value: unknown;
  readonly disabled: boolean;
  readonly onChange: (value: unknown) => void;
}

function ValueField({ label, type, value, disabled, onChange }: ValueFieldProps) {
  const [typed, setTyped] = useState<string | null>(null);
  const shown = typed ?? shownValue(value, type);
  const read = readValue(shown, type);
  const type_ = (text: string) => {
    setTyped(text);
    const next = readValue(text, type);
    if ("value" in next) onChange(next.value);
  };
  const common = {
    "aria-label": label,
    value: shown,
    disabled,
    error: "fault" in read ? read.fault : undefined,
    onBlur: () => {
      if ("value" in read) setTyped(null);
    },
  };
  if (type === "boolean")
    return (
      <NativeSelect
        aria-label={label}
        data={["true", "false"]}
        value={shown}
        disabled={disabled}
        onChange={(event) => type_(event.currentTarget.value)}
      />
    );
  if (type === "object")
    return (
      <Textarea
        {...common}
        autosize
        minRows={2}
        maxRows={14}
        spellCheck={false}
        styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
        onChange={(event) => type_(event.currentTarget.value)}
      />
    );
  return <TextInput {...common} onChange={(event) => type_(event.currentTarget.value)} />;
}

interface NewVariantProps {
  readonly taken: readonly string[];
  readonly onAdd: (name: string) => void;
}

function NewVariant({ taken, onAdd }: NewVariantProps) {
  const [name, setName] = useState("");
  const fault = name ? nameFault(name, taken) : null;
  const add = () => {
    if (nameFault(name.trim(), taken)) return;
    onAdd(name.trim());
    setName("");
  };
  return (
    <Group gap="xs" mt="md" align="flex-start">
      <TextInput
        aria-label="Name of a new variant"
        placeholder="name of a new variant"
        value={name}
        error={fault}
        onChange={(event) => setName(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") add();
        }}
      />
      <Button
        variant="default"
        leftSection={<IconPlus size={16} />}
        onClick={add}
        disabled={!name || fault !== null}
      >
        Add variant
      </Button>
    </Group>
  );
}

function without(map: Readonly<Record<string, unknown>>, name: string): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(map).filter(([other]) => other !== name));
}
