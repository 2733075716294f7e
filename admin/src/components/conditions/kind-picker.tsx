import { Select } from "@mantine/core";
import { useState, type ReactNode } from "react";

import type { Operand } from "@/text/operators";

import { kindOf, kindsFor, type Kind } from "./values";

interface KindPickerProps {
  readonly operand: Operand;
  readonly values: readonly unknown[];
  readonly children: (kind: Kind, picker: ReactNode) => ReactNode;
}

const LABELS: Readonly<Record<Kind, string>> = {
  text: "new values are text",
  number: "new values are numbers",
  boolean: "new values are true or false",
};

/** As what new values are kept, where an operator compares with several kinds: said, and chosen. */
export function KindPicker({ operand, values, children }: KindPickerProps) {
  const kinds = kindsFor(operand);
  const [chosen, choose] = useState<Kind | null>(null);
  const usual = kindOf(values.at(-1)) ?? "text";
  const kind = [chosen, usual].find((one) => one !== null && kinds.includes(one)) ?? kinds[0] ?? "text";
  const picker = kinds.length > 1 && (
    <Select
      size="xs"
      w={200}
      variant="unstyled"
      aria-label="New values are kept as"
      data={kinds.map((each) => ({ value: each, label: LABELS[each] }))}
      value={kind}
      onChange={(next) => choose(next)}
      allowDeselect={false}
    />
  );
  return children(kind, picker);
}
