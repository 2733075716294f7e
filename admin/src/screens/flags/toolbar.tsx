import { ActionIcon, NativeSelect, SegmentedControl, Tooltip } from "@mantine/core";
import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";

import type { Sort } from "./filter";
import { SearchField } from "./search-field";
import type { Facets } from "./tokens";
import styles from "./toolbar.module.css";

const SORTS = [
  { value: "key", label: "Key" },
  { value: "name", label: "Name" },
  { value: "changed", label: "Last changed" },
  { value: "used", label: "Most used" },
];

export interface View {
  readonly sort: Sort;
  readonly down: boolean;
  readonly archived: boolean;
}

interface ToolbarProps {
  readonly text: string;
  readonly onText: (text: string) => void;
  readonly facets: Facets;
  readonly view: View;
  readonly onView: (view: View) => void;
}

/** What the list shows, and in which order. */
export function Toolbar({ text, onText, facets, view, onView }: ToolbarProps) {
  const Arrow = view.down ? IconArrowUp : IconArrowDown;
  return (
    <div className={styles.toolbar} role="search">
      <SearchField value={text} onChange={onText} facets={facets} />
      <div className={styles.side}>
        <NativeSelect
          aria-label="Order"
          data={SORTS}
          value={view.sort}
          onChange={(event) => onView({ ...view, sort: event.currentTarget.value as Sort, down: false })}
        />
        <Tooltip label={view.down ? "In reverse" : "Turn the order round"}>
          <ActionIcon
            variant="default"
            size={36}
            aria-label="Reverse the order"
            aria-pressed={view.down}
            onClick={() => onView({ ...view, down: !view.down })}
          >
            <Arrow size={18} />
          </ActionIcon>
        </Tooltip>
        <SegmentedControl
          aria-label="Which flags"
          data={[
            { value: "used", label: "In use" },
            { value: "archived", label: "Archived" },
          ]}
          value={view.archived ? "archived" : "used"}
          onChange={(value) => onView({ ...view, archived: value === "archived" })}
        />
      </div>
    </div>
  );
}
