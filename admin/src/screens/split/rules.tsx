import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";

import { comparison } from "@/components/conditions";
import type { Rehearsal } from "@/components/splits";

import type { Edited } from "./editing";
import { RuleRow } from "./rule-row";

export type Rule = Edited["rules"][number];

interface RulesProps {
  readonly environment: string;
  readonly rules: readonly Rule[];
  readonly backends: readonly string[];
  readonly rehearsal: Rehearsal;
  readonly onChange: (rules: Rule[]) => void;
}

/** The rules, in their order, as sentences; one at a time is open. */
export function Rules({ environment, rules, backends, rehearsal, onChange }: RulesProps) {
  const [open, setOpen] = useState<number | null>(null);
  const put = (place: number, next: Rule) => onChange(rules.map((rule, i) => (i === place ? next : rule)));
  const move = (place: number, by: -1 | 1) => {
    const [next, rule] = [[...rules], rules[place]];
    if (!rule) return;
    next.splice(place, 1);
    next.splice(place + by, 0, rule);
    setOpen(null);
    onChange(next);
  };
  const add = () => {
    onChange([...rules, fresh(backends)]);
    setOpen(rules.length);
  };
  return (
    <section className="fs-card" aria-labelledby="rules">
      <Stack gap="sm">
        <Group justify="space-between">
          <div>
            <Title order={2} id="rules">
              Rules
            </Title>
            <Text size="sm" c="dimmed">
              {rules.length ? "The first that matches counts." : "None: everybody is decided below."}
            </Text>
          </div>
          <Button
            variant="default"
            size="xs"
            leftSection={<IconPlus size={14} aria-hidden="true" />}
            disabled={!backends.length}
            onClick={add}
          >
            Add a rule
          </Button>
        </Group>
        {rules.map((rule, i) => (
          <RuleRow
            key={rule.id ?? i}
            environment={environment}
            rule={rule}
            place={i}
            last={i === rules.length - 1}
            backends={backends}
            rehearsal={rehearsal}
            open={open === i}
            onOpen={() => setOpen(open === i ? null : i)}
            onMove={(by) => move(i, by)}
            onChange={(next) => put(i, next)}
            onDrop={() => {
              setOpen(null);
              onChange(rules.filter((_, at) => at !== i));
            }}
          />
        ))}
      </Stack>
    </section>
  );
}

/** A rule that nobody has filled in yet; its id is its own from the start, so that it can be told apart. */
function fresh(backends: readonly string[]): Rule {
  const serve = backends.at(-1) ?? "";
  return { id: crypto.randomUUID().slice(0, 8), description: null, when: comparison(), serve };
}
