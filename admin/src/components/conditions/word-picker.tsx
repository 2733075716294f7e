import { NativeSelect } from "@mantine/core";

import type { Word } from "./tree";

interface WordPickerProps {
  readonly word: Word;
  readonly onChange: (word: Word) => void;
}

/** How a group joins what is in it, written out. */
export function WordPicker({ word, onChange }: WordPickerProps) {
  return (
    <NativeSelect
      size="xs"
      fw={600}
      aria-label="How this group is joined"
      data={[
        { value: "all", label: "ALL of these (AND)" },
        { value: "any", label: "ANY of these (OR)" },
      ]}
      value={word}
      onChange={(event) => onChange(event.currentTarget.value as Word)}
    />
  );
}
