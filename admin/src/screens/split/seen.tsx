import { Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { Async } from "@/components/async";
import { seenOf, standingOf, type Binding } from "@/components/standing";
import { Tag } from "@/components/tag";
import { WeightsBar } from "@/components/weights-bar";
import { When } from "@/components/when";
import { count } from "@/text/numbers";
import { inOrder, proportioned, WHOLE } from "@/text/weights";

import { usageQuery } from "./queries";

interface SeenProps {
  readonly environment: string;
  readonly split: string;
  /** The backends, in the order in which they are shown. */
  readonly names: readonly string[];
  readonly bindings: readonly Binding[];
}

/** How the traffic really split: as routers count it, and as those that ask were answered. */
export function Seen({ environment, split, names, bindings }: SeenProps) {
  const usage = useQuery(usageQuery(environment, split));
  const shares = bindings.flatMap((binding) =>
    (binding.status?.routers ?? []).map((router) => ({ binding, router, lines: seenOf(router.share) })),
  );
  return (
    <Stack gap="sm">
      {bindings.map((binding) => {
        const { word, tone } = standingOf(binding);
        return (
          <Text size="sm" key={binding.key}>
            <span className="fs-mono">{binding.key}</span>{" "}
            <Tag tone={tone} dot>
              {word}
            </Tag>
          </Text>
        );
      })}
      {shares
        .filter(({ lines }) => lines.length > 0)
        .map(({ binding, router, lines }) => (
          <div key={binding.key + router.name}>
            <Text size="sm" fw={600} className="fs-mono">
              {router.name}
            </Text>
            {lines.map((line) => (
              <Text size="sm" key={line}>
                {line}
              </Text>
            ))}
          </div>
        ))}
      <Async query={usage} lines={2}>
        {(item) =>
          item && item.uses > 0 ? (
            <div>
              <Text size="sm">
                {count(item.uses, "question")} answered in the last 24 hours, the last one{" "}
                <When at={item.lastEvaluatedAt} />:
              </Text>
              <WeightsBar weights={inOrder(proportioned(item.variants, WHOLE), names)} legend />
            </div>
          ) : (
            <Text size="sm" c="dimmed">
              No load balancer has asked in the last 24 hours.
            </Text>
          )
        }
      </Async>
    </Stack>
  );
}
