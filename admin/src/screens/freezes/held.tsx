import { Anchor, Text, Title } from "@mantine/core";
import { useQueries, useQuery, type UseQueryResult } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { api, body, type Schemas } from "@/api/client";
import { topic } from "@/api/follows";
import { Notice } from "@/components/tag";
import { Timed } from "@/components/when";

import { heldQuery } from "./queries";

type Rollout = Schemas["Rollout"];

/** The rollouts of the environment that something holds back now, each with what it is and the way to override it. */
export function Held({ environment }: { readonly environment: string }) {
  const active = useQuery(heldQuery(environment));
  const held = useQueries({
    queries: (active.data ?? []).map(({ key }) => ({
      queryKey: ["rollout", environment, key],
      queryFn: () =>
        body(
          api.GET("/api/v1/environments/{environment}/rollouts/{key}", {
            params: { path: { environment, key } },
          }),
        ),
      meta: { follows: [topic("rollout", environment, key), topic("rollout-status", environment, key)] },
    })),
    combine: frozen,
  });
  if (!held.length) return null;
  return (
    <section aria-labelledby="held">
      <Title order={2} id="held" mb="xs">
        Held back now
      </Title>
      {held.map(({ key, status }) => (
        <Notice key={key} tone="warn">
          <Text size="sm">
            <Anchor
              renderRoot={(props) => (
                <Link {...props} to="/rollouts/$env/$key" params={{ env: environment, key }} />
              )}
            >
              {key}
            </Anchor>
            : <Timed text={status?.frozen ?? ""} />. It can be promoted or started all the same, with a
            reason.
          </Text>
        </Notice>
      ))}
    </section>
  );
}

function frozen(results: UseQueryResult<Rollout>[]): readonly Rollout[] {
  return results.flatMap(({ data }) => (data?.status?.frozen ? [data] : []));
}
