import { ActionIcon, TextInput } from "@mantine/core";
import { IconLock, IconLockOpen } from "@tabler/icons-react";
import { useState, type KeyboardEvent } from "react";

import { percent, WHOLE, weightOf } from "@/text/weights";

import { series } from "./series";
import styles from "./splits.module.css";

interface WeightRowProps {
  readonly id: string;
  readonly name: string;
  readonly place: number;
  readonly weight: number;
  readonly locked: boolean;
  /** Nobody could take or give what this one gives or takes. */
  readonly still: boolean;
  readonly onLock: () => void;
  /** A movement begins: the others give in proportion to what they have now. */
  readonly onBegin: () => void;
  readonly onEnd: () => void;
  readonly onChange: (weight: number) => void;
}

const STEP = 100; // 0.1 %
const PAGE = 1000; // 1 %
const KEYS: Readonly<Record<string, number>> = {
  ArrowUp: STEP,
  ArrowRight: STEP,
  ArrowDown: -STEP,
  ArrowLeft: -STEP,
  PageUp: PAGE,
  PageDown: -PAGE,
  Home: -WHOLE,
  End: WHOLE,
};
const IN_FIELD = new Set(["ArrowUp", "ArrowDown", "PageUp", "PageDown"]);

/** A share: a slider for the hand (0.1 %), arrow keys (0.1 %), page keys (1 %), and a field that is exact (0.001 %). */
export function WeightRow(props: WeightRowProps) {
  const { id, name, place, weight, locked, still, onLock, onBegin, onEnd, onChange } = props;
  const fixed = locked || still;
  const step = (event: KeyboardEvent) => {
    const by = KEYS[event.key];
    if (by === undefined || fixed) return;
    event.preventDefault();
    onChange(weight + by);
  };
  return (
    <li className={styles.row}>
      <span className={styles.name} id={id}>
        <span className={`${styles.swatch ?? ""} ${series(place)}`} aria-hidden="true" />
        {name}
      </span>
      <input
        type="range"
        className={`${styles.slider ?? ""} ${series(place)}`}
        aria-label={`Share of ${name}`}
        aria-valuetext={percent(weight)}
        min={0}
        max={WHOLE}
        step={1}
        value={weight}
        disabled={fixed}
        onFocus={onBegin}
        onPointerDown={onBegin}
        onBlur={onEnd}
        onKeyDown={step}
        onChange={(event) => onChange(Math.round(Number(event.currentTarget.value) / STEP) * STEP)}
      />
      <ExactField
        name={name}
        weight={weight}
        disabled={fixed}
        onStep={(event) => {
          if (IN_FIELD.has(event.key)) step(event);
        }}
        onBegin={onBegin}
        onEnd={onEnd}
        onChange={onChange}
      />
      <ActionIcon
        aria-label={`Lock ${name}`}
        aria-pressed={locked}
        onClick={onLock}
        variant={locked ? "light" : "subtle"}
      >
        {locked ? <IconLock size={16} /> : <IconLockOpen size={16} />}
      </ActionIcon>
    </li>
  );
}

interface ExactFieldProps {
  readonly name: string;
  readonly weight: number;
  readonly disabled: boolean;
  readonly onStep: (event: KeyboardEvent) => void;
  readonly onBegin: () => void;
  readonly onEnd: () => void;
  readonly onChange: (weight: number) => void;
}

function ExactField({ name, weight, disabled, onStep, onBegin, onEnd, onChange }: ExactFieldProps) {
  const [typed, setTyped] = useState<string | null>(null);
  const read = typed === null ? weight : weightOf(typed);
  return (
    <TextInput
      size="sm"
      aria-label={`Percent of ${name}`}
      inputMode="decimal"
      autoComplete="off"
      value={typed ?? percent(weight).replace(" %", "")}
      error={read === null ? "0 to 100, three decimals" : undefined}
      rightSection={<span aria-hidden="true">%</span>}
      disabled={disabled}
      onFocus={onBegin}
      onKeyDown={(event) => {
        if (event.key === "Enter") setTyped(null);
        else if (IN_FIELD.has(event.key)) {
          setTyped(null);
          onStep(event);
        }
      }}
      onChange={(event) => {
        const text = event.currentTarget.value;
        setTyped(text);
        const next = weightOf(text);
        if (next !== null) onChange(next);
      }}
      onBlur={() => {
        setTyped(null);
        onEnd();
      }}
    />
  );
}
