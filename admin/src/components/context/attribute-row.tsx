import { ActionIcon, Autocomplete, Select, TagsInput, Textarea, TextInput } from "@mantine/core";
import { IconX } from "@tabler/icons-react";

import { turned, type Kind, type Row, type RowFault } from "./attributes";
import styles from "./context.module.css";

const TYPES: readonly { readonly value: Kind; readonly label: string }[] = [
  { value: "text", label: "text" },
  { value: "number", label: "number" },
  { value: "boolean", label: "boolean" },
  { value: "list", label: "list" },
  { value: "json", label: "JSON" },
];

interface AttributeRowProps {
  readonly row: Row;
  readonly place: number;
  readonly names: readonly string[];
  readonly faults: readonly RowFault[];
  readonly onChange: (row: Row) => void;
  readonly onRemove: () => void;
}

/** One attribute: its name, its type, and a field that takes only values of that type. */
export function AttributeRow({ row, place, names, faults, onChange, onRemove }: AttributeRowProps) {
  const fault = (part: RowFault["part"]) => faults.find((each) => each.part === part)?.detail;
  const called = row.name || `attribute ${String(place)}`;
  return (
    <div className={styles.row} role="group" aria-label={called}>
      <Autocomplete
        aria-label={`Name of attribute ${String(place)}`}
        placeholder="name"
        data={[...names]}
        value={row.name}
        error={fault("name")}
        onChange={(name) => onChange({ ...row, name: name.trim() })}
        spellCheck={false}
        autoComplete="off"
        className={styles.name}
      />
      <Select
        aria-label={`Type of ${called}`}
        data={TYPES}
        value={row.kind}
        allowDeselect={false}
        onChange={(kind) => onChange(turned(row, kind ?? row.kind))}
        className={styles.kind}
      />
      <ActionIcon aria-label={`Remove ${called}`} onClick={onRemove} size="lg" className={styles.remove}>
        <IconX size={16} />
      </ActionIcon>
      <div className={styles.value}>
        <ValueField row={row} called={called} fault={fault("value")} onChange={onChange} />
      </div>
    </div>
  );
}

interface ValueFieldProps {
  readonly row: Row;
  readonly called: string;
  readonly fault: string | undefined;
  readonly onChange: (row: Row) => void;
}

function ValueField({ row, called, fault, onChange }: ValueFieldProps) {
  const label = `Value of ${called}`;
  const text = typeof row.typed === "string" ? row.typed : "";
  const set = (typed: Row["typed"]) => onChange({ ...row, typed });
  if (row.kind === "list")
    return (
      <TagsInput
        aria-label={label}
        placeholder={row.typed?.length ? undefined : "a text, then Enter"}
        value={Array.isArray(row.typed) ? row.typed : []}
        onChange={set}
        splitChars={[]}
        allowDuplicates
        error={fault}
      />
    );
  if (row.kind === "boolean")
    return (
      <Select
        aria-label={label}
        data={["true", "false"]}
        placeholder="true or false"
        value={text || null}
        onChange={set}
        error={fault}
      />
    );
  if (row.kind === "json")
    return (
      <Textarea
        aria-label={label}
        placeholder='{"total": 160}'
        className={styles.code}
        autosize
        minRows={1}
        maxRows={8}
        spellCheck={false}
        value={text}
        error={fault}
        onChange={(event) => set(event.currentTarget.value)}
      />
    );
  return (
    <TextInput
      aria-label={label}
      placeholder="not given, not sent"
      description={row.typed === "" && row.kind === "text" ? "Sent as an empty text." : undefined}
      inputMode={row.kind === "number" ? "decimal" : undefined}
      autoComplete="off"
      spellCheck={false}
      value={text}
      error={fault}
      onChange={(event) => set(event.currentTarget.value)}
    />
  );
}
