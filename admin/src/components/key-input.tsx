import { TextInput } from "@mantine/core";

import { faultOfKey } from "@/text/keys";

interface KeyInputProps {
  readonly value: string;
  readonly onChange: (key: string) => void;
  readonly taken: readonly string[];
  readonly description?: string;
  readonly placeholder?: string;
}

/** The key of a new document: checked while it is typed, as it can never be changed. */
export function KeyInput({ value, onChange, taken, description, placeholder }: KeyInputProps) {
  return (
    <TextInput
      label="Key"
      description={description ?? "Used in code and addresses; it cannot be changed."}
      placeholder={placeholder}
      required
      autoComplete="off"
      spellCheck={false}
      data-autofocus
      value={value}
      error={faultOfKey(value, taken)}
      onChange={(event) => onChange(event.currentTarget.value.trim())}
    />
  );
}
