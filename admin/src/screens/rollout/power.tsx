import { Button, List, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { Async } from "@/components/async";
import { PowerTable } from "@/components/rollout/power-table";

import { planOf, powerQuery, type Known } from "./queries";

interface PowerProps {
  readonly environment: string;
  readonly rollout: Known;
}

/** What the bakes can and cannot see at the traffic of the last hour; asked when somebody wants to know. */
export function Power({ environment, rollout }: PowerProps) {
  const [asked, setAsked] = useState(false);
  const query = useQuery({ ...powerQuery(environment, rollout), enabled: asked });
  if (!planOf(rollout).analysis) return null;
  return (
    <section className="fs-card" aria-labelledby="power">
      <Title order={2} id="power">
        What a bake can see
      </Title>
      {asked ? (
        <Async query={query}>
          {(found) =>
            found.steps.length ? (
              <PowerTable steps={found.steps} />
            ) : (
              <>
                <Text size="sm">Nothing can be said about it now:</Text>
                <List size="sm">
                  {found.findings
                    .filter(({ level }) => level === "error")
                    .map(({ detail, pointer }) => (
                      <List.Item key={pointer + detail}>{detail}</List.Item>
                    ))}
                </List>
              </>
            )
          }
        </Async>
      ) : (
        <>
          <Text size="sm" c="dimmed" mb="xs">
            How small a regression each step notices, at the traffic of the last hour; asks the metric
            sources.
          </Text>
          <Button variant="default" size="xs" onClick={() => setAsked(true)}>
            Check the power
          </Button>
        </>
      )}
    </section>
  );
}
