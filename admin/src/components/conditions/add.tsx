import { Button, Menu, Text } from "@mantine/core";
import { IconChevronDown, IconPlus } from "@tabler/icons-react";

import type { Condition } from "@/text/words";

import { comparison, inSegment } from "./blanks";
import styles from "./conditions.module.css";
import { group } from "./tree";

interface AddProps {
  readonly empty?: string | false;
  readonly onAdd: (next: Condition) => void;
}

/** One more condition for a group. */
export function Add({ empty, onAdd }: AddProps) {
  return (
    <div className={styles.add}>
      {empty && (
        <Text size="sm" c="dimmed" w="100%">
          {empty}
        </Text>
      )}
      <Button
        size="compact-sm"
        variant="subtle"
        leftSection={<IconPlus size={14} />}
        onClick={() => onAdd(comparison())}
      >
        Add condition
      </Button>
      <Button
        size="compact-sm"
        variant="subtle"
        leftSection={<IconPlus size={14} />}
        onClick={() => onAdd(inSegment())}
      >
        Add segment
      </Button>
      <Menu position="bottom-start" withinPortal>
        <Menu.Target>
          <Button size="compact-sm" variant="subtle" rightSection={<IconChevronDown size={14} />}>
            Add group
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => onAdd(group("all", [comparison()]))}>ALL of (AND)</Menu.Item>
          <Menu.Item onClick={() => onAdd(group("any", [comparison()]))}>ANY of (OR)</Menu.Item>
          <Menu.Item onClick={() => onAdd({ not: comparison() })}>NOT</Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </div>
  );
}
