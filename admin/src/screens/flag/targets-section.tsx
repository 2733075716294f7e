import { ActionIcon, Autocomplete, Button, Select } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { attributesQuery, below, said, ValueTags } from "@/components/conditions";
import { operatorOf } from "@/text/operators";
import { target } from "@/text/words";

import { useScene } from "./context";
import type { Decisions } from "./draft";
import { EditToggle } from "./edit-toggle";
import styles from "./flag.module.css";
import { Section } from "./section";

type Target = Decisions["targets"][number];

const TEXTS = operatorOf("contains"); // units are texts, one by one

/** Listed units, before any rule. */
export function TargetsSection() {
  const { value, set, editing, still } = useScene();
  const [open, setOpen] = useState(false);
  const { targets } = value;
  const put = (next: Target[]) => set({ targets: next });
  const fresh = { variant: editing.names[0] ?? "", units: [] } as unknown as Target;
  return (
    <Section
      title="Individual targets"
      hint="before any rule"
      actions={!still && <EditToggle what="individual targets" open={open} onChange={setOpen} />}
    >
      {!open && <p className={styles.says}>{targets.length ? targets.map(target).join("; ") : "None."}</p>}
      {open && (
        <div className={styles.body}>
          <ul className={styles.rows}>
            {targets.map((one, i) => (
              <Row
                key={i}
                place={i}
                value={one}
                onChange={(next) => put(targets.with(i, next))}
                onRemove={() => put(targets.toSpliced(i, 1))}
              />
            ))}
          </ul>
          <Button
            size="compact-sm"
            variant="subtle"
            mt="xs"
            leftSection={<IconPlus size={14} />}
            onClick={() => put([...targets, fresh])}
          >
            Add listed units
          </Button>
        </div>
      )}
    </Section>
  );
}

interface RowProps {
  readonly place: number;
  readonly value: Target;
  readonly onChange: (value: Target) => void;
  readonly onRemove: () => void;
}

function Row({ place, value, onChange, onRemove }: RowProps) {
  const { editing, environment } = useScene();
  const attributes = useQuery(attributesQuery(environment.key));
  const pointer = `/targets/${String(place)}`;
  const number = String(place + 1);
  return (
    <li className={styles.row}>
      <Select
        aria-label={`Variant of list ${number}`}
        data={[...new Set([...editing.names, value.variant])]}
        value={value.variant}
        onChange={(variant) => {
          if (variant) onChange({ ...value, variant });
        }}
        error={said(editing.faults, `${pointer}/variant`)}
        allowDeselect={false}
      />
      <ValueTags
        label={`units of list ${number}`}
        values={value.units}
        operator={TEXTS}
        kind="text"
        faults={below(editing.faults, `${pointer}/units`)}
        onChange={(units) => onChange({ ...value, units: units.map(String) })}
      />
      <Autocomplete
        aria-label={`Attribute of list ${number}`}
        data={["targetingKey", ...(attributes.data ?? []).filter((name) => name !== "targetingKey")]}
        value={value.by ?? "targetingKey"}
        onChange={(by) => onChange(withUnit(value, by.trim()))}
        error={said(editing.faults, `${pointer}/by`)}
      />
      <ActionIcon size="lg" aria-label={`Remove list ${number}`} onClick={onRemove}>
        <IconTrash size={16} />
      </ActionIcon>
    </li>
  );
}

/** As the service stores it: the usual attribute is not written down. */
function withUnit(value: Target, by: string): Target {
  const { variant, units } = value;
  return (by === "targetingKey" ? { variant, units } : { variant, units, by }) as Target;
}
