import { Button, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import type { Schemas } from "@/api/client";
import { usersQuery } from "@/api/traffic";
import { Async } from "@/components/async";
import type { Environment } from "@/components/environment";
import { useReview } from "@/components/review/review";
import { TextsCard } from "@/components/texts-card";
import { UsedBy } from "@/components/used-by";
import type { Editing } from "@/drafts/use-draft";
import { count } from "@/text/numbers";

import { ending, type Edited } from "./editing";
import { MembershipCard } from "./membership";

interface AsideProps {
  readonly environment: Environment;
  readonly segment: Schemas["Segment"];
  readonly editing: Editing<Edited>;
}

/** What uses the segment, what people write about it, and its end, which waits until nothing uses it. */
export function Aside({ environment, segment, editing }: AsideProps) {
  const users = useQuery(usersQuery("segments", environment.key, segment.key));
  const review = useReview();
  return (
    <Stack gap="md">
      {!segment.archived && (
        <MembershipCard environment={environment.key} segment={segment.key} editing={editing} />
      )}
      <section className="fs-card" aria-labelledby="used-by">
        <Stack gap="sm">
          <Title order={2} id="used-by">
            Used by
          </Title>
          <Async query={users} lines={2}>
            {({ items }) => (
              <>
                <UsedBy
                  environment={environment.key}
                  users={items}
                  nobody="Nothing names it: no rule of a flag or split, and no other segment."
                />
                <Button
                  variant="default"
                  c={segment.archived ? undefined : "var(--fs-bad-ink)"}
                  size="xs"
                  disabled={!segment.archived && items.length > 0}
                  onClick={() => void review(ending(environment, segment))}
                  style={{ alignSelf: "flex-start" }}
                >
                  {segment.archived ? "Restore this segment" : "Archive this segment"}
                </Button>
                {!segment.archived && (
                  <Text size="sm" c="dimmed">
                    {items.length > 0
                      ? `It cannot be archived while ${count(items.length, "place uses", "places use")} it.`
                      : "It can be restored."}
                  </Text>
                )}
              </>
            )}
          </Async>
        </Stack>
      </section>
      <TextsCard value={editing.value} onChange={(part) => editing.set({ ...editing.value, ...part })} />
    </Stack>
  );
}
