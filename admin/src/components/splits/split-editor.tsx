import { Anchor, Autocomplete, Collapse, Group, Stack, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import type { ReactNode } from "react";

import { below, said, type Faults } from "@/components/conditions";
import type { Schemas } from "@/api/client";
import type { Weights } from "@/text/weights";

import styles from "./splits.module.css";
import { TableBar, tableOf, type Table } from "./table-bar";
import { WeightsEditor } from "./weights-editor";

export type Split = Schemas["Split"];

interface SplitEditorProps {
  /** What it is the split of, for those who hear it: `the default`. */
  readonly label: string;
  readonly value: Split;
  readonly onChange: (value: Split) => void;
  /** Variants or backends. */
  readonly names: readonly string[];
  /** Suggestions for the attribute that is hashed. */
  readonly attributes?: readonly string[];
  /** The table in force, and the one that a save would make. */
  readonly stored?: Table | null;
  readonly next?: Table | null;
  /** The sentence about who moves. */
  readonly moves?: ReactNode;
  /** The salt that counts where the split names none. */
  readonly salt?: string;
  readonly faults?: Faults;
}

/** Weights, the table that they come to, who moves, and how a unit is drawn. */
export function SplitEditor(props: SplitEditorProps) {
  const { label, value, onChange, names, stored, next, moves, faults = [] } = props;
  const now = stored ?? tableOf(value);
  return (
    <Stack gap="sm">
      <WeightsEditor
        label={`Weights of ${label}`}
        names={names}
        weights={value.weights}
        fault={said(faults, "/weights", true)}
        onChange={(weights: Weights) => onChange({ ...value, weights })}
      />
      {now && (
        <div className={styles.tables}>
          <span>In force</span>
          <TableBar label="Table in force" table={now} names={names} />
          {next && (
            <>
              <span>After saving</span>
              <TableBar label="Table after saving" table={next} names={names} />
            </>
          )}
        </div>
      )}
      {moves}
      <Drawing {...props} />
    </Stack>
  );
}

/** Which attribute is hashed with which salt; folded, as it is hardly ever changed. */
function Drawing({ value, onChange, attributes = [], salt, faults = [] }: SplitEditorProps) {
  const [opened, { toggle }] = useDisclosure(below(faults, "/salt").length > 0);
  const by = value.by ?? "targetingKey";
  return (
    <div>
      <Group gap="xs">
        <Text size="sm" c="dimmed">
          Units are drawn by <span className="fs-mono">{by}</span>, salt{" "}
          <span className="fs-mono">{value.salt ?? salt ?? "drawn by the service"}</span>
          {value.hash && value.hash !== "murmur3" ? `, hash ${value.hash}` : ""}.
        </Text>
        <Anchor component="button" type="button" size="sm" onClick={toggle} aria-expanded={opened}>
          {opened ? "Close" : "Change"}
        </Anchor>
      </Group>
      <Collapse expanded={opened}>
        <Group gap="sm" mt="xs" align="flex-start" grow preventGrowOverflow={false}>
          <Autocomplete
            label="Drawn by"
            description="The attribute that is hashed. Another one draws every unit anew."
            data={["targetingKey", ...attributes.filter((name) => name !== "targetingKey")]}
            value={by}
            onChange={(text) => onChange({ ...value, by: text.trim() || null })}
            error={said(faults, "/by")}
          />
          <TextInput
            label="Salt"
            description="Splits that share a salt share their cohorts. Another one draws every unit anew."
            value={value.salt ?? ""}
            placeholder={salt}
            spellCheck={false}
            onChange={(event) => onChange({ ...value, salt: event.currentTarget.value.trim() || null })}
            error={said(faults, "/salt")}
          />
        </Group>
      </Collapse>
    </div>
  );
}
