import { ActionIcon, Button, MultiSelect, Select } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { matrixQuery } from "@/api/queries";
import { said } from "@/components/conditions";
import { prerequisite } from "@/text/words";

import { useScene } from "./context";
import type { Decisions } from "./draft";
import { EditToggle } from "./edit-toggle";
import styles from "./flag.module.css";
import { Section } from "./section";

type Prerequisite = Decisions["prerequisites"][number];

/** Other flags that have to serve something first. */
export function PrerequisitesSection() {
  const { value, set, still } = useScene();
  const [open, setOpen] = useState(false);
  const { prerequisites } = value;
  const put = (next: Prerequisite[]) => set({ prerequisites: next });
  return (
    <Section
      title="Prerequisites"
      hint="unmet: the off variant"
      actions={!still && <EditToggle what="prerequisites" open={open} onChange={setOpen} />}
    >
      {!open && (
        <p className={styles.says}>
          {prerequisites.length ? prerequisites.map(prerequisite).join(" AND ") : "None."}
        </p>
      )}
      {open && (
        <div className={styles.body}>
          <ul className={styles.rows}>
            {prerequisites.map((one, i) => (
              <Row
                key={i}
                place={i}
                value={one}
                onChange={(next) => put(prerequisites.with(i, next))}
                onRemove={() => put(prerequisites.toSpliced(i, 1))}
              />
            ))}
          </ul>
          <Button
            size="compact-sm"
            variant="subtle"
            mt="xs"
            leftSection={<IconPlus size={14} />}
            onClick={() => put([...prerequisites, { flag: "", variants: [] }])}
          >
            Add prerequisite
          </Button>
        </div>
      )}
    </Section>
  );
}

interface RowProps {
  readonly place: number;
  readonly value: Prerequisite;
  readonly onChange: (value: Prerequisite) => void;
  readonly onRemove: () => void;
}

function Row({ place, value, onChange, onRemove }: RowProps) {
  const { flag, editing } = useScene();
  const matrix = useQuery(matrixQuery);
  const flags = (matrix.data?.items ?? []).filter(({ key }) => key !== flag.key);
  const parent = flags.find(({ key }) => key === value.flag);
  const pointer = `/prerequisites/${String(place)}`;
  return (
    <li className={styles.row} data-two>
      <Select
        aria-label={`Flag of prerequisite ${String(place + 1)}`}
        placeholder="flag"
        data={flags.map(({ key }) => key)}
        value={value.flag || null}
        onChange={(key) => {
          if (key) onChange({ flag: key, variants: [] });
        }}
        error={said(editing.faults, `${pointer}/flag`)}
        searchable
        limit={50}
      />
      <MultiSelect
        aria-label={`Must serve, prerequisite ${String(place + 1)}`}
        placeholder={value.variants.length ? "" : "must serve one of"}
        data={[...new Set([...(parent?.variants ?? []), ...value.variants])]}
        value={value.variants}
        onChange={(variants) => onChange({ ...value, variants })}
        error={said(editing.faults, `${pointer}/variants`, true)}
      />
      <ActionIcon size="lg" aria-label={`Remove prerequisite ${String(place + 1)}`} onClick={onRemove}>
        <IconTrash size={16} />
      </ActionIcon>
    </li>
  );
}
