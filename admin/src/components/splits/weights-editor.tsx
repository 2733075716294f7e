import { Button, Text } from "@mantine/core";
import { useId, useRef, useState } from "react";

import { evenly, moved, percent, sum, WHOLE, type Weights } from "@/text/weights";

import styles from "./splits.module.css";
import { WeightRow } from "./weight-row";

interface WeightsEditorProps {
  /** What the weights are of, for those who hear it: `Weights of the default`. */
  readonly label: string;
  /** Everything that can have a share, in the order of its rows. */
  readonly names: readonly string[];
  readonly weights: Weights;
  readonly onChange: (weights: Weights) => void;
  readonly fault?: string;
}

/**
 * One slider and one exact field for each name. What one gains the others lose, in proportion to what they had when the
 * movement began, so that the sum stays 100 %; what is locked stays as it is.
 */
export function WeightsEditor({ label, names, weights, onChange, fault }: WeightsEditorProps) {
  const [locked, lock] = useState<readonly string[]>([]);
  const anchor = useRef<Weights | null>(null);
  const id = useId();
  const all = completed(weights, names);
  const total = sum(all);
  const set = (name: string, weight: number) => {
    const from = anchor.current && sum(anchor.current) === WHOLE ? anchor.current : all;
    onChange(kept(moved(from, name, weight, locked), weights));
  };
  const spread = () => onChange(kept(evenly(names, pick(all, locked)), weights));
  const open = names.filter((name) => !locked.includes(name));
  return (
    <div role="group" aria-label={label}>
      <ul className={styles.rows}>
        {names.map((name, place) => (
          <WeightRow
            key={name}
            id={`${id}-${String(place)}`}
            name={name}
            place={place}
            weight={all[name] ?? 0}
            locked={locked.includes(name)}
            still={open.length < 2}
            onLock={() => lock(toggled(locked, name))}
            onBegin={() => (anchor.current = all)}
            onEnd={() => (anchor.current = null)}
            onChange={(weight) => set(name, weight)}
          />
        ))}
      </ul>
      <div className={styles.foot}>
        <Text size="sm" c={total === WHOLE ? "dimmed" : "var(--mantine-color-error)"} role="status">
          {total === WHOLE ? "Sum 100 %" : `Sum ${percent(total)}: it has to be 100 % exactly`}
          {open.length < 2 && names.length > 1 && " · unlock two to move a share"}
        </Text>
        <Button size="compact-sm" variant="default" onClick={spread} disabled={!open.length}>
          Distribute evenly
        </Button>
      </div>
      {fault && (
        <Text size="xs" c="var(--mantine-color-error)">
          {fault}
        </Text>
      )}
    </div>
  );
}

/** Everything that can have a share with the share that it has, in the order of the rows. */
function completed(weights: Weights, names: readonly string[]): Weights {
  const strangers = Object.keys(weights).filter((name) => !names.includes(name));
  return Object.fromEntries([...names, ...strangers].map((name) => [name, weights[name] ?? 0]));
}

/** Without what has no share now and had no place before: nobody asked for it. */
function kept(next: Weights, before: Weights): Weights {
  return Object.fromEntries(Object.entries(next).filter(([name, weight]) => weight > 0 || name in before));
}

function pick(weights: Weights, names: readonly string[]): Weights {
  return Object.fromEntries(names.map((name) => [name, weights[name] ?? 0]));
}

function toggled(names: readonly string[], name: string): readonly string[] {
  return names.includes(name) ? names.filter((other) => other !== name) : [...names, name];
}
