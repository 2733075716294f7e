import { Button, Group, Text } from "@mantine/core";

import { Difference } from "@/components/difference";
import { Notice } from "@/components/tag";

import { useScene } from "./context";
import { decisionsOf } from "./draft";

/** Somebody saved while this edit is under way: nothing is overwritten; what arrived is shown and can be taken in. */
export function BehindNote({ onResolve }: { readonly onResolve: () => Promise<void> }) {
  const { editing, configuration } = useScene();
  if (!editing.arrived) return null;
  const { decisions, together } = editing;
  const current = decisionsOf(configuration);
  return (
    <Notice
      tone="warn"
      role="status"
      title={`Revision ${String(configuration.version)} arrived while you were editing`}
    >
      <Text size="sm" mb="xs">
        {configuration.changedBy} saved this. Your edit began from revision {decisions.version} and is as you
        left it.
      </Text>
      <Difference before={decisions.base} after={current} />
      <Group mt="sm">
        {together ? (
          <Button size="xs" onClick={() => decisions.rebase(current, configuration.version, together)}>
            Take it in
          </Button>
        ) : (
          <>
            <Text size="sm">Both changed the same place.</Text>
            <Button size="xs" onClick={() => void onResolve()}>
              Choose side by side
            </Button>
          </>
        )}
      </Group>
    </Notice>
  );
}
