import { Autocomplete, Button, Group, Stack, Text, Title } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";

import { attributesQuery, comparison, ConditionEditor } from "@/components/conditions";
import { UnitList } from "@/components/units/unit-list";
import type { Editing } from "@/drafts/use-draft";

import type { Edited } from "./editing";
import styles from "./segment.module.css";

interface MembersProps {
  readonly environment: string;
  readonly segment: string;
  readonly editing: Editing<Edited>;
}

/** Who belongs to it, in the order in which it is decided: excluded, included, whoever matches. */
export function Members({ environment, segment, editing }: MembersProps) {
  const { value, set } = editing;
  const { data: attributes = [] } = useQuery(attributesQuery(environment));
  const part = (next: Partial<Edited>) => set({ ...value, ...next });
  return (
    <Stack gap="md">
      <section className="fs-card" aria-labelledby="listed">
        <Stack gap="md">
          <Title order={2} id="listed">
            Listed units
          </Title>
          <div className={styles.lists}>
            <UnitList
              label="Included"
              description="Belong to it, whether or not they match below."
              units={value.included}
              opposite={{ label: "Excluded", units: value.excluded }}
              onChange={(included) => part({ included })}
            />
            <UnitList
              label="Excluded"
              description="Never belong to it, whatever else holds."
              units={value.excluded}
              opposite={{ label: "Included", units: value.included }}
              onChange={(excluded) => part({ excluded })}
            />
          </div>
          <Autocomplete
            label="Compared with"
            description="The attribute that holds the unit."
            data={["targetingKey", ...attributes.filter((name) => name !== "targetingKey")]}
            value={value.by}
            onChange={(by) => part({ by: by.trim() })}
            maw={320}
          />
        </Stack>
      </section>
      <section className="fs-card" aria-labelledby="matching">
        <Stack gap="sm">
          <Group justify="space-between">
            <Title order={2} id="matching">
              And whoever matches
            </Title>
            {value.when && (
              <Button variant="subtle" color="gray" size="compact-sm" onClick={() => part({ when: null })}>
                Remove the condition
              </Button>
            )}
          </Group>
          {value.when ? (
            <ConditionEditor
              label="Condition of the segment"
              environment={environment}
              value={value.when}
              without={segment}
              onChange={(when) => part({ when })}
            />
          ) : (
            <>
              <Text size="sm" c="dimmed">
                Nobody else: only those who are listed.
              </Text>
              <Button
                variant="default"
                size="xs"
                leftSection={<IconPlus size={14} aria-hidden="true" />}
                onClick={() => part({ when: comparison() })}
                style={{ alignSelf: "flex-start" }}
              >
                Add a condition
              </Button>
            </>
          )}
        </Stack>
      </section>
    </Stack>
  );
}
