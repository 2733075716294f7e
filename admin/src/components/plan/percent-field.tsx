import { TextInput } from "@mantine/core";
import { useState } from "react";

import { percent, weightOf } from "@/text/weights";

interface PercentFieldProps {
  readonly label: string;
  /** In 1/100 000; null: left as it is. */
  readonly value: number | null;
  readonly onChange: (weight: number | null) => void;
}

/** A share in percent with up to three decimals; empty for none. What is no share is said at the field and not taken. */
export function PercentField({ label, value, onChange }: PercentFieldProps) {
  const [typed, setTyped] = useState<string | null>(null);
  const shown = typed ?? (value === null ? "" : percent(value));
  const fault = typed !== null && typed.trim() !== "" && weightOf(typed) === null;
  return (
    <TextInput
      label={label}
      value={shown}
      error={fault && "0 to 100 %, three decimals"}
      placeholder="as it is"
      inputMode="decimal"
      onChange={(event) => {
        const text = event.currentTarget.value;
        setTyped(text);
        const weight = weightOf(text);
        if (text.trim() === "") onChange(null);
        else if (weight !== null) onChange(weight);
      }}
      onBlur={() => !fault && setTyped(null)}
    />
  );
}
