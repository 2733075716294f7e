import { Button, Checkbox, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";

import { hygieneQuery, type StaleFlag } from "@/api/service";
import { Async } from "@/components/async";
import { Empty } from "@/components/empty";
import { useEnvironments } from "@/components/environment-picker";
import { Page } from "@/components/page";
import { Panel } from "@/components/panel";
import { count } from "@/text/numbers";

import styles from "./hygiene.module.css";
import { ArchiveMany } from "./many";
import { StaleRow } from "./row";
import { Unknown } from "./unknown";
import { useArchive } from "./use-archive";
import { DAYS, ownedBy, ownersOf, USUAL_DAYS } from "./words";

/** Flags that nobody needs any more, and keys that are asked for and that no flag has. */
export function HygieneScreen() {
  const { days = USUAL_DAYS, owner } = useSearch({ from: "/hygiene" });
  const navigate = useNavigate({ from: "/hygiene" });
  const query = useQuery(hygieneQuery(days));
  const change = (search: object) =>
    void navigate({ search: (now) => ({ ...now, ...search }), replace: true });
  const lengths = [...new Set([...DAYS, days])].sort((a, b) => a - b);
  return (
    <Page title="Hygiene">
      <div className={styles.tools}>
        <Select
          label="Stood still for"
          allowDeselect={false}
          data={lengths.map((length) => ({ value: String(length), label: count(length, "day") }))}
          value={String(days)}
          onChange={(value) =>
            change({ days: value && Number(value) !== USUAL_DAYS ? Number(value) : undefined })
          }
          w={150}
        />
        <Select
          label="Owner"
          placeholder="Anybody"
          clearable
          clearButtonProps={{ "aria-label": "Anybody" }}
          searchable
          data={[...new Set([...ownersOf(query.data?.items ?? []), ...(owner ? [owner] : [])])]}
          value={owner ?? null}
          onChange={(value) => change({ owner: value ?? undefined })}
          w={180}
        />
      </div>
      <Async query={query} lines={8}>
        {({ items }) => <Stale flags={ownedBy(items, owner)} days={days} owner={owner} />}
      </Async>
      <Unknown />
    </Page>
  );
}

interface StaleProps {
  readonly flags: readonly StaleFlag[];
  readonly days: number;
  readonly owner: string | undefined;
}

function Stale({ flags, days, owner }: StaleProps) {
  const environments = useEnvironments();
  const archive = useArchive();
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const [open, setOpen] = useState<readonly string[] | null>(null);
  const possible = flags.filter(({ canArchive }) => canArchive).map(({ key }) => key);
  const chosen = possible.filter((key) => picked.has(key));
  const choose = (key: string, yes: boolean) =>
    setPicked((now) => new Set(yes ? [...now, key] : [...now].filter((each) => each !== key)));
  const dialog = open && (
    <ArchiveMany
      keys={open}
      onClose={() => {
        setOpen(null);
        setPicked(new Set());
      }}
    />
  );
  if (!flags.length)
    return (
      <>
        <Empty title={owner ? `Nothing of ${owner} stands still` : "Nothing stands still"}>
          No flag has been unused, switched off, fully rolled out or left half-way for {count(days, "day")},
          and none is past its date.
        </Empty>
        {dialog}
      </>
    );
  return (
    <>
      <Panel title="Stale flags" note={count(flags.length, "flag")} flush>
        <div className={styles.selection}>
          <Checkbox
            label={chosen.length ? `${String(chosen.length)} chosen` : "Choose all that can go"}
            checked={possible.length > 0 && chosen.length === possible.length}
            indeterminate={chosen.length > 0 && chosen.length < possible.length}
            disabled={!possible.length}
            onChange={(event) => setPicked(new Set(event.currentTarget.checked ? possible : []))}
          />
          {chosen.length > 0 && (
            <Button size="xs" onClick={() => setOpen(chosen)}>
              Archive {count(chosen.length, "flag")}…
            </Button>
          )}
        </div>
        <ul className={styles.rows}>
          {flags.map((flag) => (
            <StaleRow
              key={flag.key}
              flag={flag}
              environments={environments}
              chosen={picked.has(flag.key)}
              onChoose={(yes) => choose(flag.key, yes)}
              onArchive={() => void archive(flag.key)}
            />
          ))}
        </ul>
      </Panel>
      {dialog}
    </>
  );
}
