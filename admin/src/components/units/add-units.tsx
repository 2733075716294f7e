import { Button, FileButton, Group, Modal, Stack, Text, Textarea } from "@mantine/core";
import { IconFile } from "@tabler/icons-react";
import { useState } from "react";

import { Notice } from "@/components/tag";
import { count, list } from "@/text/numbers";
import { addition, unitsIn, type Found } from "@/text/units";

import type { Opposite } from "./unit-list";
import styles from "./units.module.css";

const NAMED = 5;

interface AddUnitsProps {
  readonly label: string;
  readonly units: readonly string[];
  readonly opposite?: Opposite;
  readonly onAdd: (units: readonly string[]) => void;
  readonly onClose: () => void;
}

/** Many units at once, pasted or from a file that never leaves the browser; says what it found before it adds them. */
export function AddUnits({ label, units, opposite, onAdd, onClose }: AddUnitsProps) {
  const [text, setText] = useState("");
  const [file, setFile] = useState<{ readonly name: string; readonly text: string } | null>(null);
  const [fault, setFault] = useState("");
  const found = unitsIn(file?.text ?? text);
  const change = addition(found.units, units, opposite?.units ?? []);
  const choose = (chosen: File | null) => {
    setFault("");
    chosen?.text().then(
      (read) => setFile({ name: chosen.name, text: read }),
      () => setFault(`${chosen.name} cannot be read.`),
    );
  };
  return (
    <Modal opened onClose={onClose} title={<strong>Add to {label.toLowerCase()}</strong>}>
      <Stack gap="sm">
        {file ? (
          <Group justify="space-between">
            <Text size="sm">
              From <span className="fs-mono">{file.name}</span>
            </Text>
            <Button variant="subtle" size="compact-sm" onClick={() => setFile(null)}>
              Take another
            </Button>
          </Group>
        ) : (
          <>
            <Textarea
              label="Units"
              description="One per line, or CSV: the first column counts."
              value={text}
              onChange={(event) => setText(event.currentTarget.value)}
              minRows={6}
              maxRows={12}
              autosize
              spellCheck={false}
              data-autofocus
            />
            <FileButton onChange={choose} accept=".csv,.tsv,.txt,text/csv,text/plain">
              {(props) => (
                <Button
                  {...props}
                  variant="default"
                  size="xs"
                  leftSection={<IconFile size={14} aria-hidden="true" />}
                  style={{ alignSelf: "flex-start" }}
                >
                  Choose a file
                </Button>
              )}
            </FileButton>
          </>
        )}
        {fault && (
          <Notice tone="bad" role="alert">
            {fault}
          </Notice>
        )}
        <div aria-live="polite">
          {found.units.length > 0 && <Outcome {...{ found, change, label, opposite }} />}
        </div>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            disabled={!change.fresh.length}
            onClick={() => {
              onAdd(change.fresh);
              onClose();
            }}
          >
            {change.fresh.length ? `Add ${count(change.fresh.length, "unit")}` : "Add"}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

interface OutcomeProps {
  readonly found: Found;
  readonly change: ReturnType<typeof addition>;
  readonly label: string;
  readonly opposite?: Opposite;
}

function Outcome({ found, change, label, opposite }: OutcomeProps) {
  const few = (some: readonly string[]) => list(some, "and", NAMED);
  return (
    <Stack gap="xs">
      <ul className={styles.outcome}>
        <li>
          <strong>{count(found.units.length, "unit")} found</strong>, {count(change.fresh.length, "new one")}
        </li>
        {found.heading !== null && <li>“{found.heading}” is taken for a heading</li>}
        {found.columns > 1 && <li>the first of {found.columns} columns counts</li>}
        {found.repeated.length > 0 && (
          <li>
            {count(found.repeated.length, "unit")} more than once: {few(found.repeated)}
          </li>
        )}
        {change.known.length > 0 && (
          <li>
            {count(change.known.length, "unit")} listed already: {few(change.known)}
          </li>
        )}
      </ul>
      {change.opposed.length > 0 && opposite && (
        <Notice tone="warn">
          {count(change.opposed.length, "unit")} in {opposite.label.toLowerCase()}, too: {few(change.opposed)}
          . What is excluded stays excluded, whatever {label.toLowerCase()} says.
        </Notice>
      )}
    </Stack>
  );
}
