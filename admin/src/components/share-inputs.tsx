import { Button, Group, Text, TextInput } from "@mantine/core";
import { useState } from "react";

import { evenly, percent, sum, weightOf, WHOLE, type Weights } from "@/text/weights";

import { WeightsBar } from "./weights-bar";

interface ShareInputsProps {
  readonly label: string;
  readonly names: readonly string[];
  readonly weights: Weights;
  readonly onChange: (weights: Weights) => void;
}

/** One exact field per backend, in percent, and the sum that they have to make. */
export function ShareInputs({ label, names, weights, onChange }: ShareInputsProps) {
  const total = sum(weights);
  return (
    <fieldset style={{ border: 0, margin: 0, padding: 0 }}>
      <legend>
        <Text span size="sm" fw={500}>
          {label}
        </Text>
      </legend>
      <Group gap="xs" mt={4} mb="xs" align="flex-start">
        {names.map((name) => (
          <Share
            key={name}
            name={name}
            weight={weights[name] ?? 0}
            onChange={(weight) => onChange({ ...weights, [name]: weight })}
          />
        ))}
      </Group>
      <WeightsBar weights={weights} />
      <Group justify="space-between" mt={6}>
        <Text size="sm" role="status" c={total === WHOLE ? "dimmed" : "var(--fs-bad-ink)"}>
          {total === WHOLE ? "Together 100 %." : `Together ${percent(total)}: it has to be 100 %.`}
        </Text>
        <Button variant="subtle" size="compact-sm" onClick={() => onChange(evenly(names))}>
          Distribute evenly
        </Button>
      </Group>
    </fieldset>
  );
}

interface ShareProps {
  readonly name: string;
  readonly weight: number;
  readonly onChange: (weight: number) => void;
}

/** What is typed stays as it is typed while it means this weight. */
function Share({ name, weight, onChange }: ShareProps) {
  const [typed, setTyped] = useState<string | null>(null);
  const shown =
    typed !== null && (weightOf(typed) === weight || weightOf(typed) === null) ? typed : bare(weight);
  return (
    <TextInput
      label={name}
      aria-label={`${name}, percent`}
      inputMode="decimal"
      rightSection="%"
      w={120}
      value={shown}
      error={weightOf(shown) === null ? "0 to 100, three decimals" : null}
      onChange={(event) => {
        const text = event.currentTarget.value;
        setTyped(text);
        const meant = weightOf(text);
        if (meant !== null) onChange(meant);
      }}
      onBlur={() => setTyped(null)}
    />
  );
}

function bare(weight: number): string {
  return percent(weight).replace(" %", "");
}
