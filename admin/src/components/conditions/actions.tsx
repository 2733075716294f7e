import { ActionIcon, Menu } from "@mantine/core";
import {
  IconArrowDown,
  IconArrowUp,
  IconCopy,
  IconDots,
  IconParentheses,
  IconParenthesesOff,
  IconTrash,
  IconExclamationMark,
} from "@tabler/icons-react";

import styles from "./conditions.module.css";
import type { Steps } from "./steps";

interface ActionsProps {
  /** What it is, for those who hear it: `condition country is DE`. */
  readonly name: string;
  readonly steps: Steps;
}

/** What can be done with one condition; everything without a mouse. */
export function Actions({ name, steps }: ActionsProps) {
  return (
    <div className={styles.actions}>
      <ActionIcon
        aria-label={`Move up ${name}`}
        data-move="-1"
        disabled={!steps.up}
        onClick={steps.up ?? undefined}
      >
        <IconArrowUp size={16} />
      </ActionIcon>
      <ActionIcon
        aria-label={`Move down ${name}`}
        data-move="1"
        disabled={!steps.down}
        onClick={steps.down ?? undefined}
      >
        <IconArrowDown size={16} />
      </ActionIcon>
      <ActionIcon aria-label={`Remove ${name}`} onClick={steps.remove}>
        <IconTrash size={16} />
      </ActionIcon>
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <ActionIcon aria-label={`More for ${name}`}>
            <IconDots size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconCopy size={16} />} onClick={steps.duplicate}>
            Duplicate
          </Menu.Item>
          <Menu.Item leftSection={<IconExclamationMark size={16} />} onClick={steps.negate}>
            {steps.negation}
          </Menu.Item>
          <Menu.Item leftSection={<IconParentheses size={16} />} onClick={() => steps.wrap("all")}>
            Put into a group: ALL of
          </Menu.Item>
          <Menu.Item leftSection={<IconParentheses size={16} />} onClick={() => steps.wrap("any")}>
            Put into a group: ANY of
          </Menu.Item>
          {steps.unwrap && (
            <Menu.Item leftSection={<IconParenthesesOff size={16} />} onClick={steps.unwrap}>
              Take out of its group
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
    </div>
  );
}
