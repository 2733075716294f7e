import { Button, Group, Switch, Text } from "@mantine/core";
import { IconPower } from "@tabler/icons-react";

import { useKill } from "@/components/kill/kill";
import { Tag } from "@/components/tag";

import { useScene } from "./context";
import { Section } from "./section";

/** The kill switch, which waits for nothing, and the switch of the draft, which is saved with everything else. */
export function StateSection() {
  const { flag, environment, configuration, value, set, still } = useScene();
  const kill = useKill();
  const place = environment.name ?? environment.key;
  const differs = value.enabled !== configuration.enabled;
  return (
    <Section
      title="Kill switch"
      actions={
        <Group gap="md" wrap="nowrap">
          <Switch
            label="On"
            checked={value.enabled}
            disabled={still}
            onChange={(event) => set({ enabled: event.currentTarget.checked })}
          />
          {configuration.enabled && !still && (
            <Button
              size="compact-md"
              color="red"
              variant="outline"
              leftSection={<IconPower size={16} />}
              onClick={() => void kill({ kind: "flag", environment: environment.key, key: flag.key })}
            >
              Kill now
            </Button>
          )}
        </Group>
      }
    >
      <Group gap="sm" mt={4}>
        <Tag tone={configuration.enabled ? "ok" : "quiet"}>{configuration.enabled ? "ON" : "OFF"}</Tag>
        {differs && <Tag tone="info">{value.enabled ? "ON" : "OFF"} once it is saved</Tag>}
        <Text size="sm">
          {configuration.enabled
            ? `On in ${place}: decided from top to bottom, the first that holds.`
            : `Off in ${place}: everybody gets ${configuration.offVariant}, whatever stands below.`}
        </Text>
      </Group>
    </Section>
  );
}
