import { Anchor, Button, Group, NumberInput, SegmentedControl, Stack, Text, TextInput } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import type { Environment } from "@/components/environment";
import { Notice } from "@/components/tag";
import { useNow } from "@/components/when";
import { moment } from "@/text/times";

import { addressOf, instantOf, isAhead, localOf, NOW, type AsOf } from "./moments";
import styles from "./playground.module.css";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const EARLIER = [
  { label: "1 hour ago", by: HOUR },
  { label: "yesterday, this time", by: DAY },
  { label: "a week ago", by: 7 * DAY },
] as const;

interface AsOfPickerProps {
  readonly asOf: AsOf;
  /** A revision counts in one environment only. */
  readonly byRevision: boolean;
  readonly onChange: (address: ReturnType<typeof addressOf>) => void;
}

/** As of when it is asked: now, a time in the reader's zone, or a revision. */
export function AsOfPicker({ asOf, byRevision, onChange }: AsOfPickerProps) {
  const [kind, setKind] = useState<AsOf["kind"] | null>(null);
  const shown = kind ?? asOf.kind;
  const put = (next: AsOf) => {
    setKind(null);
    onChange(addressOf(next));
  };
  const turn = (next: string) => {
    if (next === "now") put(NOW);
    else setKind(next as AsOf["kind"]);
  };
  const ways = [
    { value: "now", label: "Now" },
    { value: "time", label: "A time" },
    ...(byRevision ? [{ value: "revision", label: "A revision" }] : []),
  ];
  return (
    <div role="group" aria-label="As of">
      <Text size="sm" fw={600} mb={4}>
        As of
      </Text>
      <Stack gap={6}>
        <SegmentedControl size="sm" aria-label="As of when" data={ways} value={shown} onChange={turn} />
        {shown === "time" && <TimeField asOf={asOf} onChange={put} />}
        {shown === "revision" && <RevisionField asOf={asOf} onChange={put} />}
      </Stack>
    </div>
  );
}

interface FieldProps {
  readonly asOf: AsOf;
  readonly onChange: (asOf: AsOf) => void;
}

function TimeField({ asOf, onChange }: FieldProps) {
  const present = useNow();
  const set = (at: string | null) => at && onChange({ kind: "time", at });
  const begun = asOf.kind === "time" ? localOf(asOf.at) : "";
  // An untouched field says less than the address does: parts of a second.
  const take = (local: string) => local !== begun && set(instantOf(local));
  return (
    <>
      <TextInput
        type="datetime-local"
        step={1}
        aria-label="Time, in your zone"
        key={begun}
        max={localOf(present)}
        defaultValue={begun}
        onBlur={(event) => take(event.currentTarget.value)}
        onKeyDown={(event) => event.key === "Enter" && take(event.currentTarget.value)}
      />
      <Group gap={4}>
        {EARLIER.map(({ label, by }) => (
          <Button
            key={label}
            size="compact-xs"
            variant="default"
            onClick={() => set(new Date(Math.floor((Date.now() - by) / 1000) * 1000).toISOString())}
          >
            {label}
          </Button>
        ))}
      </Group>
    </>
  );
}

function RevisionField({ asOf, onChange }: FieldProps) {
  const [typed, setTyped] = useState<number | string>(asOf.kind === "revision" ? asOf.revision : "");
  const set = () => typeof typed === "number" && onChange({ kind: "revision", revision: typed });
  return (
    <NumberInput
      aria-label="Revision"
      placeholder="such as 41"
      min={0}
      allowDecimal={false}
      allowNegative={false}
      value={typed}
      onChange={setTyped}
      onBlur={set}
      onKeyDown={(event) => event.key === "Enter" && set()}
    />
  );
}

/** Says that the time asked for has not come, which leaves nothing to be asked. */
export function Ahead({ asOf, onNow }: { readonly asOf: AsOf; readonly onNow: () => void }) {
  return (
    <Notice tone="warn" title={`In the future: ${asOf.kind === "time" ? moment(asOf.at) : ""}`}>
      <div className={styles.past}>
        <span>Nobody knows what will be in force then. Ask about now, or about a time that has been.</span>
        <Button size="compact-sm" variant="default" onClick={onNow}>
          Back to now
        </Button>
      </div>
    </Notice>
  );
}

interface AsOfNoticeProps {
  readonly asOf: AsOf;
  readonly environment: Environment;
  /** The revision that answered, once it is known. */
  readonly revision: number | undefined;
  readonly onNow: () => void;
}

/** Says loudly that this is the past, and leads to it in the history. */
export function AsOfNotice({ asOf, environment, revision, onNow }: AsOfNoticeProps) {
  const present = useNow();
  if (asOf.kind === "now") return null;
  if (isAhead(asOf, present)) return <Ahead asOf={asOf} onNow={onNow} />;
  const place = environment.name ?? environment.key;
  const then = asOf.kind === "time" ? moment(asOf.at) : `revision ${String(asOf.revision)}`;
  return (
    <Notice tone="warn" title={`The past: as of ${then}`}>
      <div className={styles.past}>
        <span>
          {asOf.kind === "time" && revision !== undefined
            ? `${place} was at revision ${String(revision)} then. `
            : `As ${place} was then, whatever came later. `}
        </span>
        {revision !== undefined && (
          <Anchor
            component={Link}
            underline="always"
            to="/history"
            search={{ env: environment.key, revision } as never}
            inherit
          >
            Revision {String(revision)} in the history
          </Anchor>
        )}
        <Button size="compact-sm" variant="default" onClick={onNow}>
          Back to now
        </Button>
      </div>
    </Notice>
  );
}
