import {
  Button,
  FileButton,
  Group,
  NumberInput,
  Popover,
  Stack,
  Text,
  Textarea,
  TextInput,
} from "@mantine/core";
import { useState } from "react";

import { count, list, number } from "@/text/numbers";
import { unitsIn, type Found } from "@/text/units";

import { drawn, generated, MOST_UNITS } from "./generate";

/** Why a list of units cannot be asked, or null. */
export function faultOf({ units }: Found): string | null {
  if (!units.length) return "No unit yet.";
  if (units.length > MOST_UNITS)
    return `${number(units.length)} units are too many: at most ${number(MOST_UNITS)} at a time.`;
  const long = units.find((unit) => unit.length > LONGEST);
  return long ? `A unit has at most ${String(LONGEST)} characters: ${long.slice(0, 30)}… has more.` : null;
}

const LONGEST = 1000;

interface UnitsFieldProps {
  readonly text: string;
  readonly onChange: (text: string) => void;
}

/** Many units: pasted, from a file that never leaves the browser, or generated. */
export function UnitsField({ text, onChange }: UnitsFieldProps) {
  const found = unitsIn(text);
  const tooMany = found.units.length > MOST_UNITS;
  const load = (file: File | null) => void file?.text().then(onChange);
  return (
    <Stack gap="xs">
      <Textarea
        label="Units"
        description="One per line, or CSV: the first column counts."
        placeholder={"user-1\nuser-2"}
        minRows={4}
        maxRows={8}
        autosize
        spellCheck={false}
        value={text}
        error={tooMany ? faultOf(found) : undefined}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      <Group gap="xs">
        <Generator onMake={(units) => onChange(units.join("\n"))} />
        <FileButton onChange={load} accept=".csv,.tsv,.txt,text/csv,text/plain">
          {(props) => (
            <Button {...props} size="compact-sm" variant="default">
              Choose a file
            </Button>
          )}
        </FileButton>
        <Text size="sm" c="dimmed" role="status" ml="auto">
          {foundWords(found)}
        </Text>
      </Group>
    </Stack>
  );
}

function foundWords({ units, repeated, heading }: Found): string {
  const more = [
    ...(repeated.length ? [`${count(repeated.length, "unit")} more than once`] : []),
    ...(heading === null ? [] : [`“${heading}” is a heading`]),
  ];
  return [count(units.length, "unit"), ...(more.length ? [list(more)] : [])].join("; ");
}

function Generator({ onMake }: { readonly onMake: (units: readonly string[]) => void }) {
  const [opened, open] = useState(false);
  const [prefix, setPrefix] = useState("user-");
  const [amount, setAmount] = useState<number | string>(1000);
  const many = typeof amount === "number" ? amount : 0;
  const make = (units: readonly string[]) => {
    onMake(units);
    open(false);
  };
  return (
    <Popover opened={opened} onChange={open} trapFocus withinPortal position="bottom-start" shadow="md">
      <Popover.Target>
        <Button size="compact-sm" variant="default" onClick={() => open(!opened)}>
          Generate
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Generate units">
        <Stack gap="sm">
          <NumberInput
            label="How many"
            value={amount}
            onChange={setAmount}
            min={1}
            max={MOST_UNITS}
            allowDecimal={false}
            thousandSeparator=","
          />
          <TextInput
            label="Beginning with"
            value={prefix}
            onChange={(event) => setPrefix(event.currentTarget.value)}
            spellCheck={false}
          />
          <Group gap="xs">
            <Button size="xs" disabled={!many} onClick={() => make(generated(prefix, 1, many))}>
              Number them
            </Button>
            <Button size="xs" variant="default" disabled={!many} onClick={() => make(drawn(many))}>
              Random identifiers
            </Button>
          </Group>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
