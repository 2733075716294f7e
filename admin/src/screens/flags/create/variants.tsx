import { ActionIcon, Button, Group, Text, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";

import styles from "./create.module.css";
import { nameFault, TYPES, valueOf, type Type, type Typed } from "./values";

interface VariantsProps {
  readonly type: Type;
  readonly variants: readonly Typed[];
  readonly onChange: (variants: readonly Typed[]) => void;
  /** Faults are only said once somebody tried to save. */
  readonly judged: boolean;
}

/** Names and values of a flag that is not boolean. */
export function Variants({ type, variants, onChange, judged }: VariantsProps) {
  const example = TYPES.find(({ value }) => value === type)?.example;
  const put = (index: number, some: Partial<Typed>) =>
    onChange(variants.map((each, i) => (i === index ? { ...each, ...some } : each)));
  return (
    <fieldset className={styles.variants}>
      <legend>Variants</legend>
      <Text size="sm" c="dimmed">
        The first is what everybody gets while the flag is off.
      </Text>
      {variants.map(({ name, value }, i) => {
        const read = valueOf(value, type);
        const nth = `Variant ${String(i + 1)}`;
        return (
          <Group key={i} gap="xs" wrap="nowrap" align="flex-start">
            <TextInput
              className={styles.name}
              aria-label={`${nth}: name`}
              placeholder="name"
              value={name}
              error={judged && nameFault(variants, i)}
              onChange={(event) => put(i, { name: event.currentTarget.value })}
            />
            <TextInput
              className={styles.value}
              aria-label={`${nth}: value`}
              placeholder={example}
              value={value}
              error={(judged || value !== "") && "fault" in read && read.fault}
              onChange={(event) => put(i, { value: event.currentTarget.value })}
            />
            <ActionIcon
              size={36}
              aria-label={`Remove variant ${name || String(i + 1)}`}
              disabled={variants.length < 2}
              onClick={() => onChange(variants.filter((_, other) => other !== i))}
            >
              <IconTrash size={18} />
            </ActionIcon>
          </Group>
        );
      })}
      <Button
        variant="default"
        size="xs"
        leftSection={<IconPlus size={14} aria-hidden="true" />}
        onClick={() => onChange([...variants, { name: "", value: "" }])}
      >
        Add a variant
      </Button>
    </fieldset>
  );
}
