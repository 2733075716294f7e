import { Button, Group, Menu, Stack, Text } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import { useState } from "react";

import { CopyKey } from "@/components/copy";
import type { Environment } from "@/components/environment";
import { useReview } from "@/components/review/review";
import { standingOf, type Binding } from "@/components/standing";
import { Notice, Tag } from "@/components/tag";
import { When } from "@/components/when";
import { list } from "@/text/numbers";
import { duration } from "@/text/times";

import { commanding, type Command } from "./commands";
import { Events } from "./events";
import { Plan } from "./plan";
import { RouterTable } from "./router-table";

interface BindingCardProps {
  readonly environment: Environment;
  readonly binding: Binding;
  /** The backends, in the order in which they are shown. */
  readonly names: readonly string[];
  readonly onEdit: () => void;
}

const DRIFT = {
  reassert: "A router that somebody else changes is told again",
  pause: "A router that somebody else changes is left alone",
} as const;
const FAILURE = {
  revert: "when not all can be told, all go back, and so does the split",
  hold: "when not all can be told, all go back, and the split stays as it is",
} as const;

/** One binding: where it stands, each router's desired, applied and observed, what happened, what can be done. */
export function BindingCard({ environment, binding, names, onEdit }: BindingCardProps) {
  const [shown, setShown] = useState<"plan" | "events" | null>(null);
  const review = useReview();
  const { word, tone, meaning } = standingOf(binding);
  const { status } = binding;
  const run = (command: Command) => void review(commanding(environment, binding, command));
  return (
    <section className="fs-card" aria-label={`Binding ${binding.key}`}>
      <Stack gap="sm">
        <Group justify="space-between" align="flex-start" wrap="nowrap">
          <Group gap="xs">
            <CopyKey value={binding.key} />
            <span title={meaning}>
              <Tag tone={tone} dot>
                {word}
              </Tag>
            </span>
            {status?.since && (
              <Text size="sm" c="dimmed">
                since <When at={status.since} />
              </Text>
            )}
          </Group>
          <Group gap="xs" wrap="nowrap">
            {status?.phase === "failed" && (
              <Button size="xs" onClick={() => run("retry")}>
                Retry
              </Button>
            )}
            {status?.phase === "paused" && (
              <Button size="xs" onClick={() => run("resume")}>
                Resume
              </Button>
            )}
            <Menu position="bottom-end">
              <Menu.Target>
                <Button size="xs" variant="default" aria-label={`More for ${binding.key}`} px="xs">
                  <IconDots size={16} aria-hidden="true" />
                </Button>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item onClick={onEdit}>Edit</Menu.Item>
                <Menu.Item onClick={() => run(binding.enabled ? "off" : "on")}>
                  {binding.enabled ? "Switch off" : "Switch on"}
                </Menu.Item>
                <Menu.Item c="var(--fs-bad-ink)" onClick={() => run("archive")}>
                  Archive
                </Menu.Item>
              </Menu.Dropdown>
            </Menu>
          </Group>
        </Group>
        <div aria-live="polite">
          <Text size="sm">{status ? status.summary : meaning}</Text>
        </div>
        {status && status.untold.length > 0 && (
          <Notice tone="warn">
            <Text size="sm">
              No router can be told of {list(status.untold)}: it counts only where this service is asked.
            </Text>
          </Notice>
        )}
        {status && <RouterTable routers={status.routers} label={binding.key} names={names} />}
        <Text size="sm" c="dimmed">
          {DRIFT[binding.drift]}; {FAILURE[binding.onFailure]}. All have {duration(binding.deadlineSeconds)}{" "}
          to follow.
        </Text>
        <Group gap="xs">
          <Toggle name="plan" label="What would be told now" shown={shown} onShow={setShown} />
          <Toggle name="events" label="What happened" shown={shown} onShow={setShown} />
        </Group>
        {shown === "plan" && <Plan environment={environment.key} binding={binding} />}
        {shown === "events" && <Events environment={environment.key} binding={binding.key} />}
      </Stack>
    </section>
  );
}

interface ToggleProps {
  readonly name: "plan" | "events";
  readonly label: string;
  readonly shown: string | null;
  readonly onShow: (name: "plan" | "events" | null) => void;
}

function Toggle({ name, label, shown, onShow }: ToggleProps) {
  const open = shown === name;
  return (
    <Button
      size="xs"
      variant={open ? "light" : "subtle"}
      aria-expanded={open}
      onClick={() => onShow(open ? null : name)}
    >
      {label}
    </Button>
  );
}
