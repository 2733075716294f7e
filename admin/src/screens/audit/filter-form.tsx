import { Button, Group, Select, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import { environmentsQuery } from "@/api/queries";
import { kindWord } from "@/text/deeds";
import { fromLocal, toLocal } from "@/text/times";

import styles from "./audit.module.css";
import { amount, KINDS, type Filters } from "./filters";

type Texts = Readonly<Record<keyof Filters, string>>;

/** What of the records is shown; it stands in the address, so that a link shows the same. */
export function FilterForm({ filters }: { readonly filters: Filters }) {
  const navigate = useNavigate();
  const environments = useQuery(environmentsQuery);
  const [texts, setTexts] = useState<Texts>(() => textsOf(filters));
  const show = (next: Filters) => void navigate({ to: "/audit", search: next });
  const field = (name: keyof Filters) => ({
    value: texts[name],
    onChange: (event: { currentTarget: { value: string } }) =>
      setTexts({ ...texts, [name]: event.currentTarget.value }),
  });
  const pick = (name: keyof Filters) => (value: string | null) => {
    const next = { ...texts, [name]: value ?? "" };
    setTexts(next);
    show(filtersOf(next));
  };
  const places = (environments.data ?? []).map(({ key, name }) => ({ value: key, label: name ?? key }));
  const kinds = KINDS.map((kind) => ({ value: kind, label: kindWord(kind) }));
  return (
    <form
      role="search"
      aria-label="Narrow the records"
      onSubmit={(event) => {
        event.preventDefault();
        show(filtersOf(texts));
      }}
    >
      <div className={styles.filters}>
        <Select
          label="Environment"
          placeholder="every one"
          data={places}
          value={texts.env || null}
          onChange={pick("env")}
          clearable
          clearButtonProps={{ "aria-label": "Every environment" }}
        />
        <Select
          label="Kind"
          placeholder="every kind"
          data={kinds}
          value={texts.kind || null}
          onChange={pick("kind")}
          clearable
          clearButtonProps={{ "aria-label": "Every kind" }}
        />
        <TextInput label="Key" placeholder="any" {...field("key")} />
        <TextInput label="By" placeholder="anybody" {...field("actor")} />
        <TextInput label="Action" placeholder="flag.edit" {...field("action")} />
        <TextInput label="Since" type="datetime-local" step={1} {...field("since")} />
        <TextInput label="Until" type="datetime-local" step={1} {...field("until")} />
        <Group gap="xs" wrap="nowrap" className={styles.buttons}>
          <Button type="submit" variant="default">
            Narrow
          </Button>
          {amount(filters) > 0 && (
            <Button
              variant="subtle"
              onClick={() => {
                setTexts(textsOf({}));
                show({});
              }}
            >
              Show all
            </Button>
          )}
        </Group>
      </div>
    </form>
  );
}

function textsOf({ env = "", actor = "", since, until, kind = "", key = "", action = "" }: Filters): Texts {
  return { env, actor, kind, key, action, since: toLocal(since), until: toLocal(until) };
}

function filtersOf(texts: Texts): Filters {
  const set = (text: string) => text.trim() || undefined;
  return {
    env: set(texts.env),
    actor: set(texts.actor),
    kind: set(texts.kind),
    key: set(texts.key),
    action: set(texts.action),
    since: fromLocal(texts.since) ?? undefined,
    until: fromLocal(texts.until) ?? undefined,
  };
}
