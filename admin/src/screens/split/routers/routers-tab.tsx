import { Button, Group, Stack, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";

import type { Schemas } from "@/api/client";
import { Empty } from "@/components/empty";
import type { Environment } from "@/components/environment";
import type { Binding } from "@/components/standing";

import { BindingCard } from "./binding-card";
import { BindingForm } from "./binding-form";

interface RoutersTabProps {
  readonly environment: Environment;
  readonly split: Schemas["TrafficSplit"];
  readonly bindings: readonly Binding[];
}

/** Which routers the split drives, and how far each of them is. */
export function RoutersTab({ environment, split, bindings }: RoutersTabProps) {
  const [edited, setEdited] = useState<Binding | "new" | null>(null);
  const add = (
    <Button
      variant={bindings.length ? "default" : "filled"}
      leftSection={<IconPlus size={16} />}
      onClick={() => setEdited("new")}
      disabled={split.archived}
    >
      Bind routers
    </Button>
  );
  return (
    <Stack>
      {bindings.length === 0 ? (
        <Empty
          title="No router is told"
          command={`flagctl api POST /api/v1/environments/${environment.key}/bindings -d '{"key": "edge", "split": "${split.key}", "routers": ["edge-1"]}'`}
          action={add}
        >
          Load balancers that ask are answered without anything here. Those that are told (HAProxy, Envoy,
          Traefik, a mesh, a cloud) are routers: a binding says which of them follow this split.
        </Empty>
      ) : (
        <>
          <Group justify="space-between">
            <Text size="sm" c="dimmed">
              Applied means read back: an answer of success counts as nothing.
            </Text>
            {add}
          </Group>
          {bindings.map((binding) => (
            <BindingCard
              key={binding.key}
              environment={environment}
              binding={binding}
              names={split.backends}
              onEdit={() => setEdited(binding)}
            />
          ))}
        </>
      )}
      {edited && (
        <BindingForm
          environment={environment}
          split={split.key}
          binding={edited === "new" ? null : edited}
          onClose={() => setEdited(null)}
        />
      )}
    </Stack>
  );
}
