import { ActionIcon, Button, CopyButton, Group, Text, TextInput } from "@mantine/core";
import { IconPlus, IconSearch, IconUpload } from "@tabler/icons-react";
import { useState } from "react";

import { count, number } from "@/text/numbers";
import { addition } from "@/text/units";

import { AddUnits } from "./add-units";
import { Rows } from "./rows";
import styles from "./units.module.css";

/** The list that says the opposite: a unit in both is a contradiction. */
export interface Opposite {
  readonly label: string;
  readonly units: readonly string[];
}

interface UnitListProps {
  readonly label: string;
  readonly description: string;
  readonly units: readonly string[];
  readonly opposite?: Opposite;
  readonly onChange: (units: string[]) => void;
}

const SEARCHABLE = 8;

/** A list of units that may be long: added one by one, pasted, or from a file; searched, and taken out. */
export function UnitList({ label, description, units, opposite, onChange }: UnitListProps) {
  const [sought, setSought] = useState("");
  const [many, setMany] = useState(false);
  const found = sought ? units.filter((unit) => unit.toLowerCase().includes(sought.toLowerCase())) : units;
  const both = opposite ? addition(units, [], opposite.units).opposed : [];
  return (
    <section aria-label={label} className={styles.list}>
      <Group justify="space-between" align="baseline" gap="xs">
        <Text component="h3" fw={600} size="sm" m={0}>
          {label}{" "}
          <Text span c="dimmed" fw={400} role="status">
            {units.length ? count(units.length, "unit") : "nobody"}
          </Text>
        </Text>
        <Group gap={4}>
          {units.length > 0 && (
            <CopyButton value={units.join("\n")}>
              {({ copied, copy }) => (
                <Button variant="subtle" size="compact-sm" onClick={copy}>
                  {copied ? "Copied" : "Copy all"}
                </Button>
              )}
            </CopyButton>
          )}
          <Button
            variant="subtle"
            size="compact-sm"
            leftSection={<IconUpload size={14} aria-hidden="true" />}
            onClick={() => setMany(true)}
          >
            Paste or upload
          </Button>
        </Group>
      </Group>
      <Text size="sm" c="dimmed">
        {description}
      </Text>
      <AddOne label={label} onAdd={(unit) => onChange([...new Set([...units, unit])])} />
      {units.length >= SEARCHABLE && (
        <TextInput
          type="search"
          size="xs"
          aria-label={`Search in ${label.toLowerCase()}`}
          placeholder={`Search ${number(units.length)}`}
          leftSection={<IconSearch size={14} aria-hidden="true" />}
          value={sought}
          onChange={(event) => setSought(event.currentTarget.value)}
        />
      )}
      {both.length > 0 && (
        <Text size="sm" c="var(--fs-warn-ink)">
          {count(both.length, "unit")} also in {opposite?.label.toLowerCase()}: {both.slice(0, 3).join(", ")}
          {both.length > 3 && " …"}
        </Text>
      )}
      {sought && (
        <Text size="sm" c="dimmed" role="status">
          {number(found.length)} of {number(units.length)} match
        </Text>
      )}
      {found.length > 0 && (
        <Rows
          label={label}
          units={found}
          onDrop={(unit) => onChange(units.filter((other) => other !== unit))}
        />
      )}
      {many && (
        <AddUnits
          label={label}
          units={units}
          opposite={opposite}
          onAdd={(fresh) => onChange([...units, ...fresh])}
          onClose={() => setMany(false)}
        />
      )}
    </section>
  );
}

function AddOne({ label, onAdd }: { readonly label: string; readonly onAdd: (unit: string) => void }) {
  const [unit, setUnit] = useState("");
  const add = () => {
    if (unit.trim()) onAdd(unit.trim());
    setUnit("");
  };
  return (
    <TextInput
      size="sm"
      aria-label={`Add to ${label.toLowerCase()}`}
      placeholder="A unit, then Enter"
      autoComplete="off"
      spellCheck={false}
      value={unit}
      onChange={(event) => setUnit(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key !== "Enter") return;
        event.preventDefault();
        add();
      }}
      rightSection={
        <ActionIcon
          aria-label={`Add this unit to ${label.toLowerCase()}`}
          onClick={add}
          disabled={!unit.trim()}
        >
          <IconPlus size={16} />
        </ActionIcon>
      }
    />
  );
}
