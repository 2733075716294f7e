import { Select, Stack, Switch, Text, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";

import { Async } from "@/components/async";
import { Empty } from "@/components/empty";
import { useEnvironments } from "@/components/environment-picker";
import { Page } from "@/components/page";

import styles from "./compare.module.css";
import { CopyBar } from "./copy-bar";
import { compareQuery } from "./queries";
import { columns } from "./columns";

const SEARCH_MS = 200;

/** Environments side by side: what differs, in words; and what of it shall be copied from one to another. */
export function CompareScreen() {
  const navigate = useNavigate();
  const search = useSearch({ from: "/compare" });
  const environments = useEnvironments();
  const [q, setQ] = useState(search.q ?? "");
  const chosen = columns(
    [search.a, search.b, search.c],
    environments.map(({ key }) => key),
  );
  const show = (next: Partial<typeof search>) =>
    void navigate({ to: "/compare", search: { ...search, ...next }, replace: true });
  const settle = useDebouncedCallback((text: string) => show({ q: text || undefined }), SEARCH_MS);
  const query = useQuery({ ...compareQuery(chosen, search.all ?? false), enabled: chosen.length > 1 });
  if (chosen.length < 2) return <OnlyOne />;
  const pick = (place: number) => (key: string | null) => {
    const next = [0, 1, 2].map((i) => (i === place ? (key ?? undefined) : chosen[i]));
    show({ a: next[0], b: next[1], c: next[2] ?? "none" });
  };
  return (
    <Page title="Compare">
      <div className={styles.bar}>
        {[0, 1, 2].map((place) => (
          <Select
            key={place}
            label={["First", "Second", "Third"][place]}
            className={styles.place}
            data={environments
              .filter(({ key }) => key === chosen[place] || !chosen.includes(key))
              .map(({ key, name }) => ({ value: key, label: name ?? key }))}
            value={chosen[place] ?? null}
            placeholder="none"
            clearable={place === 2}
            clearButtonProps={{ "aria-label": "Compare two only" }}
            allowDeselect={false}
            onChange={pick(place)}
          />
        ))}
        <TextInput
          className={styles.grow}
          type="search"
          label="Find"
          placeholder="Kind, key or name"
          value={q}
          onChange={(event) => {
            setQ(event.currentTarget.value);
            settle(event.currentTarget.value);
          }}
        />
        <Switch
          mb={8}
          label="Show what is the same, too"
          checked={search.all ?? false}
          onChange={(event) => show({ all: event.currentTarget.checked || undefined })}
        />
      </div>
      <Async query={query} lines={10}>
        {(data) => <CopyBar key={chosen.join()} data={data} q={q} />}
      </Async>
    </Page>
  );
}

function OnlyOne() {
  return (
    <Page title="Compare">
      <Stack>
        <Empty
          title="There is only one environment"
          command="flagctl environment create staging --copy-from production"
        >
          <Text span>Two are needed to be compared. A new one may begin as a copy of this one.</Text>
        </Empty>
      </Stack>
    </Page>
  );
}
