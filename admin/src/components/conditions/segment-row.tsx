import { Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import type { InSegment } from "./blanks";
import styles from "./conditions.module.css";
import { said, type Faults } from "./faults";
import { segmentsQuery } from "./queries";
import { negated } from "./tree";

interface SegmentRowProps {
  readonly value: InSegment;
  readonly environment: string;
  /** A segment that may not be chosen: the one that is being edited. */
  readonly without?: string;
  readonly faults: Faults;
  readonly onChange: (value: InSegment) => void;
}

/** Membership of a segment of this environment. */
export function SegmentRow({ value, environment, without, faults, onChange }: SegmentRowProps) {
  const segments = useQuery(segmentsQuery(environment));
  const names = (segments.data ?? [])
    .filter(({ key }) => key !== without)
    .map(({ key, name }) => ({
      value: key,
      label: typeof name === "string" && name !== key ? `${key} · ${name}` : key,
    }));
  const chosen = value.negate ? "out" : "in";
  const known = !value.segment || names.some((one) => one.value === value.segment);
  return (
    <div className={styles.fields} data-two>
      <Select
        aria-label="Membership"
        data={[
          { value: "in", label: "is in segment" },
          { value: "out", label: "is not in segment" },
        ]}
        value={chosen}
        onChange={(next) => {
          if (next && next !== chosen) onChange(negated(value) as InSegment);
        }}
        allowDeselect={false}
      />
      <Select
        aria-label="Segment"
        placeholder={segments.isPending ? "asking for the segments…" : "choose a segment"}
        data={known ? names : [{ value: value.segment, label: value.segment }, ...names]}
        value={value.segment || null}
        onChange={(segment) => {
          if (segment) onChange({ ...value, segment });
        }}
        error={said(faults, "/segment")}
        nothingFoundMessage="No segment of this name here"
        searchable
        allowDeselect={false}
      />
    </div>
  );
}
