import { ActionIcon, Button, Group, Select, Stack, Text, TextInput, Title } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";

import { UnitList } from "@/components/units/unit-list";
import { count } from "@/text/numbers";

import type { Edited } from "./editing";
import styles from "./split.module.css";

type Target = Edited["targets"][number];

interface TargetsProps {
  readonly targets: readonly Target[];
  readonly backends: readonly string[];
  readonly onChange: (targets: Target[]) => void;
}

/** Units that get one backend, whatever the rules say. */
export function Targets({ targets, backends, onChange }: TargetsProps) {
  const [first] = backends;
  return (
    <section className="fs-card" aria-labelledby="targets">
      <Stack gap="sm">
        <Group justify="space-between">
          <div>
            <Title order={2} id="targets">
              Listed units
            </Title>
            <Text size="sm" c="dimmed">
              {targets.length ? "Whatever the rules say." : "Nobody is listed."}
            </Text>
          </div>
          <Button
            variant="default"
            size="xs"
            leftSection={<IconPlus size={14} aria-hidden="true" />}
            disabled={!first}
            onClick={() => onChange([...targets, { variant: first ?? "", units: [], by: null }])}
          >
            List units
          </Button>
        </Group>
        {targets.map((target, i) => (
          <One
            // Targets have no name of their own, and are neither moved nor inserted.
            key={i}
            target={target}
            backends={backends}
            onChange={(next) => onChange(targets.map((other, at) => (at === i ? next : other)))}
            onDrop={() => onChange(targets.filter((_, at) => at !== i))}
          />
        ))}
      </Stack>
    </section>
  );
}

interface OneProps {
  readonly target: Target;
  readonly backends: readonly string[];
  readonly onChange: (target: Target) => void;
  readonly onDrop: () => void;
}

function One({ target, backends, onChange, onDrop }: OneProps) {
  return (
    <div className={styles.rule}>
      <Stack gap="sm">
        <Group align="flex-end" gap="sm">
          <Select
            label="These units get"
            data={[...backends]}
            value={target.variant}
            allowDeselect={false}
            onChange={(variant) => variant && onChange({ ...target, variant })}
            w={180}
          />
          <TextInput
            label="Compared with"
            placeholder="targetingKey"
            value={target.by ?? ""}
            onChange={(event) => onChange({ ...target, by: event.currentTarget.value.trim() || null })}
            w={180}
          />
          <ActionIcon
            aria-label={`Remove these ${count(target.units.length, "unit")} of ${target.variant}`}
            size="lg"
            ml="auto"
            onClick={onDrop}
          >
            <IconTrash size={18} />
          </ActionIcon>
        </Group>
        <UnitList
          label={`Units of ${target.variant}`}
          description="Exactly as the load balancer sends them."
          units={target.units}
          onChange={(units) => onChange({ ...target, units })}
        />
      </Stack>
    </div>
  );
}
