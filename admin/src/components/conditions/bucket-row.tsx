import { Button, Group, Text, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";

import { condition } from "@/text/words";

import type { InBucket } from "./blanks";
import styles from "./conditions.module.css";
import { said, type Faults } from "./faults";

interface BucketRowProps {
  readonly value: InBucket;
  readonly faults: Faults;
  readonly onChange: (value: InBucket) => void;
}

/** Bucket ranges: read, as a rule; machines write them. They can be edited where that is asked for. */
export function BucketRow({ value, faults, onChange }: BucketRowProps) {
  const [editing, edit] = useState(false);
  const { bucket } = value;
  if (!editing) {
    return (
      <Group gap="sm" flex={1} mih={36}>
        <Text size="sm" className="fs-mono">
          {condition(value)}
        </Text>
        <Button size="compact-xs" variant="default" onClick={() => edit(true)}>
          Edit the ranges
        </Button>
        {faults.length > 0 && (
          <Text size="xs" c="var(--mantine-color-error)">
            {faults.map(({ detail }) => detail).join(" ")}
          </Text>
        )}
      </Group>
    );
  }
  return (
    <div className={styles.fields} data-two>
      <TextInput
        label="Salt"
        value={bucket.salt}
        onChange={(event) => onChange({ ...value, bucket: { ...bucket, salt: event.currentTarget.value } })}
        error={said(faults, "/bucket/salt")}
      />
      <TextInput
        label="Unit"
        value={bucket.by}
        placeholder="targetingKey"
        onChange={(event) => onChange({ ...value, bucket: { ...bucket, by: event.currentTarget.value } })}
        error={said(faults, "/bucket/by")}
      />
      <Ranges
        ranges={bucket.ranges}
        fault={said(faults, "/bucket/ranges", true)}
        onChange={(ranges) => onChange({ ...value, bucket: { ...bucket, ranges } })}
      />
    </div>
  );
}

interface RangesProps {
  readonly ranges: InBucket["bucket"]["ranges"];
  readonly fault: string | undefined;
  readonly onChange: (ranges: InBucket["bucket"]["ranges"]) => void;
}

function Ranges({ ranges, fault, onChange }: RangesProps) {
  const [text, setText] = useState(() => ranges.map((pair) => pair.join("-")).join("\n"));
  const read = rangesIn(text);
  return (
    <Textarea
      className={styles.wide}
      label="Ranges"
      description="One a line: first bucket, and the first that no longer belongs to it, such as 0-5000."
      autosize
      minRows={2}
      value={text}
      error={read ? fault : "Each line is two whole numbers, such as 0-5000."}
      onChange={(event) => {
        setText(event.currentTarget.value);
        const next = rangesIn(event.currentTarget.value);
        if (next) onChange(next);
      }}
    />
  );
}

function rangesIn(text: string): InBucket["bucket"]["ranges"] | null {
  const lines = text.split("\n").filter((line) => line.trim());
  const found = lines.map((line) => /^\s*(\d+)\s*(?:-|…|\s)\s*(\d+)\s*$/.exec(line));
  if (!found.every((match) => match !== null)) return null;
  return found.map(([, start, end]) => [Number(start), Number(end)]);
}
