import { Button, PillsInput } from "@mantine/core";
import { useRef, useState, type ClipboardEvent, type KeyboardEvent } from "react";

import type { Operator } from "@/text/operators";

import styles from "./conditions.module.css";
import { said, type Faults } from "./faults";
import { added, entered, pasted, type Kind } from "./values";
import { ValueTag } from "./value-tag";

const SHOWN = 50;
const HINT: Readonly<Record<string, string>> = {
  instant: "2026-01-31T09:00:00Z",
  version: "2.4.1",
  network: "10.0.0.0/8",
  number: "a number",
  pattern: "a pattern (RE2)",
};

interface ValueTagsProps {
  readonly label: string;
  readonly values: readonly unknown[];
  readonly operator: Operator;
  /** As what new values are kept. */
  readonly kind: Kind;
  readonly faults: Faults;
  readonly onChange: (values: readonly unknown[]) => void;
}

/**
 * Values as tags. Enter keeps what is typed; a paste of many lines, or with commas, adds them all; the left arrow goes
 * from the field to the tags, where Delete removes one.
 */
export function ValueTags({ label, values, operator, kind, faults, onChange }: ValueTagsProps) {
  const [typed, setTyped] = useState("");
  const [shown, setShown] = useState(SHOWN);
  const field = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const add = (texts: readonly string[]) => {
    if (texts.length)
      onChange(
        added(
          values,
          texts.map((text) => entered(text, kind)),
        ),
      );
    setTyped("");
  };
  const keep = () => add(typed.trim() ? [typed.trim()] : []);
  const paste = (event: ClipboardEvent) => {
    const texts = pasted(event.clipboardData.getData("text"), operator.operand);
    if (texts.length < 2) return; // one value goes into the field, to be seen before it is kept
    event.preventDefault();
    add(texts);
  };
  const drop = (place: number) => {
    onChange(values.filter((_, i) => i !== place));
    field.current?.focus();
  };
  const pressed = (event: KeyboardEvent<HTMLInputElement>) => {
    const empty = typed === "";
    if (event.key === "Enter") {
      event.preventDefault();
      keep();
    } else if (event.key === "Backspace" && empty && values.length) onChange(values.slice(0, -1));
    else if (event.key === "ArrowLeft" && empty) focusTag(list.current, Infinity);
  };
  const own = said(faults, "") ?? faults.find(({ pointer }) => pointer !== "")?.detail;
  return (
    <PillsInput size="sm" error={own}>
      <ul className={styles.tags} ref={list} aria-label={label}>
        {values.slice(0, shown).map((value, place) => (
          <ValueTag
            key={JSON.stringify(value)}
            value={value}
            operand={operator.operand}
            fault={said(faults, `/${String(place)}`)}
            onChange={(next) => onChange(values.with(place, next))}
            onDrop={() => drop(place)}
            onStep={(by) => {
              if (!focusTag(list.current, place + by)) field.current?.focus();
            }}
          />
        ))}
        {values.length > shown && (
          <li>
            <Button size="compact-xs" variant="subtle" onClick={() => setShown(Infinity)}>
              and {values.length - shown} more
            </Button>
          </li>
        )}
        <li style={{ flex: 1, minWidth: "6rem" }}>
          <PillsInput.Field
            ref={field}
            value={typed}
            aria-label={`Add to ${label}`}
            aria-invalid={own !== undefined}
            placeholder={
              values.length ? "add another" : (HINT[operator.operand] ?? "type, Enter, or paste many")
            }
            onChange={(event) => setTyped(event.currentTarget.value)}
            onKeyDown={pressed}
            onPaste={paste}
            onBlur={keep}
          />
        </li>
      </ul>
    </PillsInput>
  );
}

function focusTag(list: HTMLUListElement | null, place: number): boolean {
  const buttons = [...(list?.querySelectorAll<HTMLButtonElement>("button[data-drop]") ?? [])];
  const button = buttons[Math.min(place, buttons.length - 1)];
  if (!button || (place !== Infinity && place >= buttons.length)) return false;
  button.focus();
  return true;
}
