import { IconX } from "@tabler/icons-react";
import type { KeyboardEvent } from "react";

import type { Operand } from "@/text/operators";
import { value as inWords } from "@/text/words";

import styles from "./conditions.module.css";
import { alternatives, kindOf, turned } from "./values";

interface ValueTagProps {
  readonly value: unknown;
  readonly operand: Operand;
  readonly fault: string | undefined;
  readonly onChange: (value: unknown) => void;
  readonly onDrop: () => void;
  /** To the tag before (-1) or after this one. */
  readonly onStep: (by: -1 | 1) => void;
}

/** One value. Where `1` could be the text or the number, it says which, and can be made the other. */
export function ValueTag({ value, operand, fault, onChange, onDrop, onStep }: ValueTagProps) {
  const others = alternatives(value, operand);
  const kind = kindOf(value);
  const name = inWords(value);
  const quoted = kind === "text" && others.length > 0 ? JSON.stringify(value) : name;
  const other = others[0];
  const pressed = (event: KeyboardEvent) => {
    if (event.key === "ArrowLeft") onStep(-1);
    else if (event.key === "ArrowRight") onStep(1);
    else if (event.key === "Delete" || event.key === "Backspace") onDrop();
  };
  return (
    <li className={styles.tag} data-wrong={fault ? true : undefined} title={fault}>
      <span className={styles.text}>{quoted}</span>
      {other ? (
        <button
          type="button"
          className={styles.kind}
          tabIndex={-1}
          onKeyDown={pressed}
          onClick={() => onChange(turned(value, other))}
          aria-label={`${quoted} is kept as ${kind ?? "unknown"}; keep it as ${other}`}
          title={`Kept as ${kind ?? "unknown"}: press to keep it as ${other}`}
        >
          {kind}
        </button>
      ) : (
        kind !== "text" &&
        operand === "scalar" && (
          <span className={styles.kind} data-still>
            {kind}
          </span>
        )
      )}
      <button
        type="button"
        className={styles.drop}
        data-drop
        tabIndex={-1}
        onClick={onDrop}
        onKeyDown={pressed}
        aria-label={`Remove ${name}`}
      >
        <IconX size={12} aria-hidden="true" />
      </button>
    </li>
  );
}
