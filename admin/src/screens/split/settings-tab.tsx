import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { api, body, type Schemas } from "@/api/client";
import { usersQuery } from "@/api/traffic";
import { Async } from "@/components/async";
import type { Environment } from "@/components/environment";
import { useReview } from "@/components/review/review";
import { TextsCard } from "@/components/texts-card";
import { UsedBy } from "@/components/used-by";
import type { Editing } from "@/drafts/use-draft";

import type { Edited } from "./editing";

interface SettingsTabProps {
  readonly environment: Environment;
  readonly split: Schemas["TrafficSplit"];
  readonly editing: Editing<Edited>;
}

/** What people write about the split, what uses it, and its end. */
export function SettingsTab({ environment, split, editing }: SettingsTabProps) {
  const { value, set } = editing;
  return (
    <Stack maw={720}>
      <TextsCard value={value} onChange={(part) => set({ ...value, ...part })} />
      <Ending environment={environment} split={split} />
    </Stack>
  );
}

function Ending({ environment, split }: Omit<SettingsTabProps, "editing">) {
  const users = useQuery(usersQuery("splits", environment.key, split.key));
  const review = useReview();
  const verb = split.archived ? "restore" : "archive";
  const ask = () =>
    void review({
      title: `${split.archived ? "Restore" : "Archive"} ${split.key}`,
      environment,
      before: null,
      after: null,
      version: split.version,
      verb: split.archived ? "Restore" : "Archive",
      danger: split.archived
        ? undefined
        : "Load balancers that ask for it get no answer, and send everybody to stable.",
      send: ({ query, headers }) =>
        body(
          api.POST(`/api/v1/environments/{environment}/splits/{key}/${verb}`, {
            params: { path: { environment: environment.key, key: split.key }, query, header: headers },
          }),
        ),
    });
  return (
    <section className="fs-card" aria-labelledby="ending">
      <Stack gap="sm">
        <Title order={2} id="ending">
          {split.archived ? "Restore" : "Archive"}
        </Title>
        <Async query={users} lines={1}>
          {({ items }) => {
            const held = !split.archived && items.some(({ kind }) => kind === "binding");
            return (
              <>
                <UsedBy
                  environment={environment.key}
                  users={items}
                  nobody="No binding, plan or rollout refers to it."
                />
                <Group gap="sm">
                  <Button
                    variant="default"
                    c={split.archived ? undefined : "var(--fs-bad-ink)"}
                    disabled={held}
                    onClick={ask}
                  >
                    {split.archived ? "Restore this split" : "Archive this split"}
                  </Button>
                  <Text size="sm" c="dimmed">
                    {held
                      ? "A binding holds it: archive that first."
                      : split.archived
                        ? "It answers again, as it was."
                        : "It can be restored."}
                  </Text>
                </Group>
              </>
            );
          }}
        </Async>
      </Stack>
    </section>
  );
}
