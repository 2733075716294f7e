import { Button, Group, Stack, TextInput, Title } from "@mantine/core";

import type { Place } from "@/components/plan/places";
import { TargetFields } from "@/components/plan/target-fields";

import type { Begun } from "./begun";
import styles from "./new.module.css";

interface WhatProps {
  readonly begun: Begun;
  readonly places: readonly Place[];
  readonly onChange: (part: Partial<Begun>) => void;
  readonly onNext: () => void;
}

/** What is moved, and what is deployed by whom. */
export function What({ begun, places, onChange, onNext }: WhatProps) {
  const field = (name: "key" | "version" | "commit" | "deployer" | "url") => ({
    value: begun[name],
    onChange: (event: { currentTarget: { value: string } }) =>
      onChange({ [name]: event.currentTarget.value }),
  });
  return (
    <Stack
      component="form"
      gap="md"
      onSubmit={(event) => {
        event.preventDefault();
        onNext();
      }}
    >
      <section className="fs-card" aria-labelledby="place">
        <Title order={2} id="place" mb="sm">
          What is moved
        </Title>
        <TargetFields
          target={begun.target}
          places={places}
          onChange={(part) => onChange({ target: { ...begun.target, ...part } })}
        />
      </section>
      <section className="fs-card" aria-labelledby="deployment">
        <Title order={2} id="deployment" mb="sm">
          What is deployed
        </Title>
        <div className={styles.fields}>
          <TextInput label="Version" placeholder="2.4.0" {...field("version")} />
          <TextInput label="Commit" placeholder="9f1c2ab" {...field("commit")} />
          <TextInput label="Deployer" placeholder="ci" {...field("deployer")} />
          <TextInput label="Link" placeholder="https://…" {...field("url")} />
          <TextInput label="Key of the rollout" placeholder="made from what is moved" {...field("key")} />
        </div>
      </section>
      <Group justify="flex-end">
        <Button type="submit" disabled={!begun.target.key && begun.how === "strategy"}>
          Next: how
        </Button>
      </Group>
    </Stack>
  );
}
