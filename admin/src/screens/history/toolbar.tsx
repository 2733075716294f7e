import { Autocomplete, Button, Select, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import type { Environment } from "@/components/environment";
import { kindWord } from "@/text/deeds";
import { fromLocal } from "@/text/times";

import styles from "./history.module.css";
import { keysQuery, KINDS, kindOf, type Kind } from "./queries";

interface ToolbarProps {
  readonly environment: Environment;
  readonly kind?: Kind;
  readonly documentKey?: string;
}

/** Whose history, and everything as of a time. */
export function Toolbar({ environment, kind, documentKey }: ToolbarProps) {
  const navigate = useNavigate();
  const [chosen, setChosen] = useState<Kind | null>(kind ?? null);
  const [key, setKey] = useState(documentKey ?? "");
  const [asked, setAsked] = useState(false);
  const keys = useQuery({ ...keysQuery(environment.key), enabled: asked });
  const env = environment.key;
  const show = (one: Kind | null, named: string) =>
    void navigate({ to: "/history", search: one && named ? { env, kind: one, key: named } : { env } });
  const names = (keys.data ?? []).filter((each) => each.kind === chosen).map((each) => each.key);
  return (
    <div className={styles.bar}>
      <form
        className={styles.bar}
        role="search"
        aria-label="Of one document"
        onSubmit={(event) => {
          event.preventDefault();
          show(chosen, key.trim());
        }}
      >
        <Select
          label="Changes of"
          w={160}
          data={[
            { value: "", label: "everything" },
            ...KINDS.map((each) => ({ value: each, label: kindWord(each) })),
          ]}
          value={chosen ?? ""}
          allowDeselect={false}
          onChange={(value) => {
            const one = kindOf(value ?? undefined) ?? null;
            setChosen(one);
            setKey("");
            if (!one && kind) show(null, "");
          }}
        />
        {chosen && (
          <>
            <Autocomplete
              label={`Key of the ${kindWord(chosen)}`}
              w={220}
              data={names}
              limit={20}
              value={key}
              onFocus={() => setAsked(true)}
              onChange={setKey}
              onOptionSubmit={(value) => show(chosen, value)}
            />
            <Button type="submit" variant="default" disabled={!key.trim()}>
              Show
            </Button>
          </>
        )}
      </form>
      <div className={styles.grow} />
      <LookBack environment={env} />
    </div>
  );
}

function LookBack({ environment }: { readonly environment: string }) {
  const navigate = useNavigate();
  const [time, setTime] = useState("");
  const at = fromLocal(time);
  return (
    <form
      className={styles.bar}
      onSubmit={(event) => {
        event.preventDefault();
        if (at) void navigate({ to: "/history", search: { env: environment, at } });
      }}
    >
      <TextInput
        label="Everything as of"
        type="datetime-local"
        step={1}
        value={time}
        onChange={(event) => setTime(event.currentTarget.value)}
      />
      <Button type="submit" variant="default" disabled={!at}>
        Look back
      </Button>
    </form>
  );
}
