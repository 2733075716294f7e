import { ActionIcon, Group, Tooltip } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconTrash } from "@tabler/icons-react";

interface OrderButtonsProps {
  /** What is moved, for names: `step 2`. */
  readonly what: string;
  readonly index: number;
  readonly length: number;
  readonly onMove?: (to: number) => void;
  readonly onRemove: () => void;
}

/** Move up, move down, remove: each by a button. */
export function OrderButtons({ what, index, length, onMove, onRemove }: OrderButtonsProps) {
  return (
    <Group gap={2} wrap="nowrap">
      {onMove && (
        <>
          <Button
            label={`Move ${what} up`}
            icon={<IconArrowUp size={16} />}
            disabled={index === 0}
            onClick={() => onMove(index - 1)}
          />
          <Button
            label={`Move ${what} down`}
            icon={<IconArrowDown size={16} />}
            disabled={index === length - 1}
            onClick={() => onMove(index + 1)}
          />
        </>
      )}
      <Button label={`Remove ${what}`} icon={<IconTrash size={16} />} onClick={onRemove} />
    </Group>
  );
}

interface ButtonProps {
  readonly label: string;
  readonly icon: React.ReactNode;
  readonly disabled?: boolean;
  readonly onClick: () => void;
}

function Button({ label, icon, disabled, onClick }: ButtonProps) {
  return (
    <Tooltip label={label}>
      <ActionIcon size="lg" aria-label={label} disabled={disabled} onClick={onClick}>
        {icon}
      </ActionIcon>
    </Tooltip>
  );
}
