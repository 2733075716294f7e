import { Anchor, Button, Group, Stack, Text, TextInput, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";

import type { Schemas } from "@/api/client";
import { Async } from "@/components/async";
import { TableBar, tableOf } from "@/components/splits";
import { Tag } from "@/components/tag";

import { cohortQuery } from "./queries";
import styles from "./split.module.css";
import { because, placed, type Decision, type Step } from "./trace";

interface QuestionProps {
  readonly environment: string;
  readonly split: Schemas["TrafficSplit"];
}

/** Which cohort is this unit, and why: by what is saved, not by what is edited. */
export function Question({ environment, split }: QuestionProps) {
  const { unit } = useSearch({ from: "/splits/$env/$key" });
  const navigate = useNavigate({ from: "/splits/$env/$key" });
  const [typed, setTyped] = useState(unit ?? "");
  return (
    <section className="fs-card" aria-labelledby="cohort">
      <Stack gap="sm">
        <Title order={2} id="cohort">
          Which cohort is this unit?
        </Title>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void navigate({ search: (now) => ({ ...now, unit: typed.trim() || undefined }), replace: true });
          }}
        >
          <Group gap="xs" wrap="nowrap">
            <TextInput
              aria-label="Unit"
              placeholder="user-42"
              value={typed}
              onChange={(event) => setTyped(event.currentTarget.value)}
              spellCheck={false}
              autoComplete="off"
              flex={1}
            />
            <Button type="submit" variant="default">
              Ask
            </Button>
          </Group>
        </form>
        {unit && <Answer environment={environment} split={split} unit={unit} />}
      </Stack>
    </section>
  );
}

function Answer({ environment, split, unit }: QuestionProps & { readonly unit: string }) {
  const query = useQuery(cohortQuery(environment, split.key, unit, split.version));
  return (
    <Async query={query} lines={3}>
      {({ decision, ...more }) => {
        const { variant, ...rest } = decision as unknown as Decision;
        const { steps } = (more as unknown as { trace: { steps: readonly Step[] } }).trace;
        const place = placed(steps);
        return (
          <Stack gap={6} aria-live="polite">
            <Text size="sm">
              <span className="fs-mono">{unit}</span> gets <Tag tone="info">{variant ?? "nothing"}</Tag>:{" "}
              {because({ variant, ...rest })}.
            </Text>
            {place && (
              <>
                <Text size="sm" c="dimmed">
                  {place.sentence}
                </Text>
                {!rest.rule && <Place split={split} at={place.at / place.space} />}
              </>
            )}
            <Anchor
              size="sm"
              renderRoot={(props) => (
                <Link {...props} to="/playground" search={{ split: split.key, env: environment, unit }} />
              )}
            >
              Every condition, in the playground
            </Anchor>
          </Stack>
        );
      }}
    </Async>
  );
}

/** The stored table with a mark where the bucket lies. */
function Place({ split, at }: { readonly split: QuestionProps["split"]; readonly at: number }) {
  const table = "split" in split.default ? tableOf(split.default.split) : null;
  if (!table) return null;
  return (
    <div className={styles.scale}>
      <TableBar label="Table in force" table={table} names={split.backends} />
      <span className={styles.mark} style={{ left: `${at * 100}%` }} aria-hidden="true" />
    </div>
  );
}
