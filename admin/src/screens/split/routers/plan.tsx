import { Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { Async } from "@/components/async";
import { CodeBlock } from "@/components/code-block";
import type { Binding } from "@/components/standing";
import { Notice } from "@/components/tag";
import { weights } from "@/text/words";

import { planQuery } from "./queries";

/** What each router would be told now, line by line; looking tells nobody. */
export function Plan({ environment, binding }: { readonly environment: string; readonly binding: Binding }) {
  const query = useQuery(planQuery(environment, binding.key, binding.split));
  return (
    <Async query={query}>
      {({ desired, routers }) => (
        <Stack gap="xs">
          <Text size="sm" c="dimmed">
            The split wants {weights(desired.weights)}. Looking tells nobody.
          </Text>
          {routers.map(({ name, lines, error }) => (
            <div key={name}>
              <Text size="sm" fw={600} className="fs-mono">
                {name}
              </Text>
              {error && <Notice tone="bad">{error}</Notice>}
              {!error && lines.length === 0 && <Text size="sm">Nothing: it is as it should be.</Text>}
              {lines.length > 0 && <CodeBlock label={`What ${name} would be told`} text={lines.join("\n")} />}
            </div>
          ))}
        </Stack>
      )}
    </Async>
  );
}
