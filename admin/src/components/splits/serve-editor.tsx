import { SegmentedControl, Select, Stack } from "@mantine/core";
import { useState } from "react";

import { below, said, type Faults } from "@/components/conditions";
import { WHOLE, type Weights } from "@/text/weights";
import type { Serve } from "@/text/words";

import { SplitEditor, type Split } from "./split-editor";
import type { ComponentProps } from "react";

type Passed = Pick<ComponentProps<typeof SplitEditor>, "attributes" | "stored" | "next" | "moves" | "salt">;

interface ServeEditorProps extends Passed {
  readonly label: string;
  readonly value: Serve;
  readonly onChange: (value: Serve) => void;
  readonly names: readonly string[];
  readonly faults?: Faults;
}

/** What is served: one variant to everybody, or a split. Going back and forth loses nothing. */
export function ServeEditor({ label, value, onChange, names, faults = [], ...split }: ServeEditorProps) {
  const [left, leave] = useState<Serve | null>(null);
  const one = !("split" in value);
  const turn = (kind: string) => {
    if ((kind === "one") === one) return;
    leave(value);
    onChange(left ?? (one ? asSplit(value.serve, names) : { serve: largest(value.split.weights) }));
  };
  return (
    <Stack gap="sm">
      <SegmentedControl
        size="sm"
        aria-label={`What ${label} serves`}
        data={[
          { value: "one", label: "One variant" },
          { value: "split", label: "A split" },
        ]}
        value={one ? "one" : "split"}
        onChange={turn}
        style={{ alignSelf: "flex-start" }}
      />
      {one ? (
        <Select
          aria-label={`Variant of ${label}`}
          data={names.includes(value.serve) ? [...names] : [value.serve, ...names]}
          value={value.serve}
          onChange={(serve) => {
            if (serve) onChange({ serve });
          }}
          error={said(faults, "/serve")}
          allowDeselect={false}
          maw={320}
        />
      ) : (
        <SplitEditor
          {...split}
          label={label}
          value={value.split}
          names={[...names, ...Object.keys(value.split.weights).filter((name) => !names.includes(name))]}
          onChange={(next) => onChange({ split: next })}
          faults={below(faults, "/split")}
        />
      )}
      {one && split.moves}
    </Stack>
  );
}

/** Everything where it is, and nothing for the others: the split that moves nobody. */
function asSplit(served: string, names: readonly string[]): Serve {
  const weights = Object.fromEntries(
    [...new Set([served, ...names])].map((name) => [name, name === served ? WHOLE : 0]),
  );
  return { split: { weights } as Split };
}

function largest(weights: Weights): string {
  const [first] = Object.entries(weights).sort(([, a], [, b]) => b - a);
  return first?.[0] ?? "";
}
