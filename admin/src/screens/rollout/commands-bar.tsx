import { Button, Group, Kbd } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { useEffect, useEffectEvent, useState } from "react";

import type { Environment } from "@/components/environment";
import { Override } from "@/components/rollout/override";

import { commandOf, offered, type Command } from "./commands";
import styles from "./rollout.module.css";
import type { Known } from "./queries";
import { useCommand } from "./use-command";

interface CommandsBarProps {
  readonly environment: Environment;
  readonly rollout: Known;
}

/** What may be asked of a rollout now, each by a button and some by a single key; each is confirmed. */
export function CommandsBar({ environment, rollout }: CommandsBarProps) {
  const { status } = rollout;
  const run = useCommand(environment, rollout);
  const [held, setHeld] = useState<Command | null>(null);
  const ask = (command: Command) => {
    if (command.advances && status.frozen) setHeld(command);
    else void run(command);
  };
  useSingleKeys((key) => {
    const command = commandOf(key, status);
    if (command) ask(command);
    return command !== undefined;
  });
  const commands = offered(status);
  if (!commands.length) return null;
  return (
    <Group gap="xs" className={styles.commands} role="group" aria-label="Commands">
      {commands.map((command) => (
        <Button
          key={command.order}
          size="sm"
          variant={VARIANTS[command.order] ?? "default"}
          className={command.urgent ? styles.back : undefined}
          onClick={() => ask(command)}
          aria-keyshortcuts={command.key === " " ? "Space" : command.key}
          rightSection={command.key && <Kbd size="xs">{command.key === " " ? "space" : command.key}</Kbd>}
        >
          {command.label}
        </Button>
      ))}
      {held && (
        <Override
          held={status.frozen}
          verb={`${held.label} all the same`}
          onClose={() => setHeld(null)}
          onGo={(reason) => {
            setHeld(null);
            void run(held, reason);
          }}
        />
      )}
    </Group>
  );
}

const VARIANTS: Readonly<Record<string, string>> = {
  start: "filled",
  resume: "filled",
  promote: "filled",
  abort: "outline",
  "roll-back": "outline",
};

/** Listens for single keys while nothing is typed, pressed or asked; they can be switched off. */
function useSingleKeys(press: (key: string) => boolean): void {
  const [on] = useLocalStorage({ key: "flagsvc-keys", defaultValue: true });
  const pressed = useEffectEvent((event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || isBusy(event)) return;
    if (press(event.key)) event.preventDefault();
  });
  useEffect(() => {
    if (!on) return;
    const listen = (event: KeyboardEvent) => pressed(event);
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, [on]);
}

/** Whether the key belongs to what has the focus, or a dialog is open. */
function isBusy(event: KeyboardEvent): boolean {
  const { target } = event;
  if (document.querySelector("[role=dialog]")) return true;
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) return true;
  return event.key === " " && target.closest("button, a, summary, [role=button], [role=tab]") !== null;
}
