import { ActionIcon, Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconTrash } from "@tabler/icons-react";

import { ConditionEditor } from "@/components/conditions";
import { ServeEditor, WhoMoves, type Rehearsal } from "@/components/splits";
import { condition, serve as served, type Serve } from "@/text/words";

import type { Rule } from "./rules";
import styles from "./split.module.css";

interface RuleRowProps {
  readonly environment: string;
  readonly rule: Rule;
  readonly place: number;
  readonly last: boolean;
  readonly backends: readonly string[];
  readonly rehearsal: Rehearsal;
  readonly open: boolean;
  readonly onOpen: () => void;
  readonly onMove: (by: -1 | 1) => void;
  readonly onChange: (rule: Rule) => void;
  readonly onDrop: () => void;
}

/** One rule as a sentence; open, its condition and what it serves can be edited. */
export function RuleRow(props: RuleRowProps) {
  const { rule, place, last, open, onOpen, onMove, onDrop } = props;
  const name = `rule ${place + 1}`;
  return (
    <div className={styles.rule} role="group" aria-label={name}>
      <Group justify="space-between" align="flex-start" gap="xs">
        <div className={styles.words}>
          {rule.description && (
            <Text size="sm" fw={600}>
              {rule.description}
            </Text>
          )}
          <Text size="sm" className={styles.sentence}>
            <strong>IF</strong> {condition(rule.when)} <strong>THEN</strong> {served(rule)}
          </Text>
        </div>
        <Group gap={2} wrap="nowrap" ml="auto">
          <ActionIcon aria-label={`Move ${name} up`} disabled={place === 0} onClick={() => onMove(-1)}>
            <IconArrowUp size={16} />
          </ActionIcon>
          <ActionIcon aria-label={`Move ${name} down`} disabled={last} onClick={() => onMove(1)}>
            <IconArrowDown size={16} />
          </ActionIcon>
          <ActionIcon aria-label={`Remove ${name}`} onClick={onDrop}>
            <IconTrash size={16} />
          </ActionIcon>
          <Button
            size="compact-sm"
            variant="subtle"
            aria-expanded={open}
            aria-label={`${open ? "Close" : "Edit"} ${name}`}
            onClick={onOpen}
          >
            {open ? "Close" : "Edit"}
          </Button>
        </Group>
      </Group>
      {open && <Body {...props} />}
    </div>
  );
}

function Body({ environment, rule, place, backends, rehearsal, onChange }: RuleRowProps) {
  return (
    <Stack gap="sm" mt="sm">
      <TextInput
        label="Description"
        value={rule.description ?? ""}
        onChange={(event) => onChange({ ...rule, description: event.currentTarget.value || null })}
      />
      <ConditionEditor
        label={`Condition of rule ${place + 1}`}
        environment={environment}
        value={rule.when}
        onChange={(when) => onChange({ ...rule, when })}
      />
      <Text size="sm" fw={600}>
        THEN
      </Text>
      <ServeEditor
        label={`rule ${place + 1}`}
        value={"split" in rule ? { split: rule.split } : { serve: rule.serve }}
        names={backends}
        moves={<WhoMoves rehearsal={rehearsal} pointer={`/rules/${place}`} />}
        onChange={(serve) => onChange(serving(rule, serve))}
      />
    </Stack>
  );
}

function serving({ id, description, when }: Rule, serve: Serve): Rule {
  return { id, description, when, ...serve };
}
