import { ActionIcon } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useRef } from "react";

import { number } from "@/text/numbers";

import styles from "./units.module.css";

const HEIGHT = 32;

interface RowsProps {
  readonly label: string;
  readonly units: readonly string[];
  readonly onDrop: (unit: string) => void;
}

/** The units themselves; only those in sight are drawn. */
export function Rows({ label, units, onDrop }: RowsProps) {
  const scroller = useRef<HTMLDivElement>(null);
  // eslint-disable-next-line react-hooks/incompatible-library -- nothing here is kept from one drawing to the next
  const rows = useVirtualizer({
    count: units.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => HEIGHT,
    overscan: 6,
  });
  return (
    <div
      ref={scroller}
      className={styles.rows}
      role="group"
      aria-label={`${label}: ${number(units.length)}`}
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls has to be reached by the keyboard
      tabIndex={0}
    >
      <ul style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map(({ index, start }) => {
          const unit = units[index] ?? "";
          return (
            <li
              key={unit}
              style={{ transform: `translateY(${start}px)`, height: HEIGHT }}
              aria-setsize={units.length}
              aria-posinset={index + 1}
            >
              <span className="fs-mono" title={unit}>
                {unit}
              </span>
              <ActionIcon size="sm" aria-label={`Remove ${unit}`} onClick={() => onDrop(unit)}>
                <IconX size={14} />
              </ActionIcon>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
