import {
  IconArrowsSplit,
  IconCommand,
  IconCompass,
  IconFlag,
  IconPower,
  IconRoute,
  IconUsersGroup,
} from "@tabler/icons-react";
import { useEffect, useRef } from "react";

import styles from "./dialog.module.css";
import type { Entry, Kind } from "./entries";

const KINDS = {
  flag: ["Flag", IconFlag],
  segment: ["Segment", IconUsersGroup],
  split: ["Traffic split", IconArrowsSplit],
  rollout: ["Rollout", IconRoute],
  screen: ["Screen", IconCompass],
  action: ["Action", IconCommand],
  kill: ["Kill switch", IconPower],
} as const satisfies Record<Kind, readonly [string, typeof IconFlag]>;

interface ListProps {
  readonly entries: readonly Entry[];
  readonly chosen: number;
  readonly onTake: (index: number) => void;
}

/** What was found. The field keeps the focus; it says which line is chosen. */
export function List({ entries, chosen, onTake }: ListProps) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.children[chosen]?.scrollIntoView({ block: "nearest" });
  }, [chosen, entries]);
  return (
    <div id="palette-list" role="listbox" aria-label="What was found" className={styles.list} ref={list}>
      {entries.map(({ id, kind, label, hint }, i) => {
        const [word, Icon] = KINDS[kind];
        return (
          // The keys are heard by the field, which keeps the focus.
          // eslint-disable-next-line jsx-a11y/click-events-have-key-events
          <div
            key={id}
            id={`palette-${String(i)}`}
            role="option"
            aria-selected={i === chosen}
            tabIndex={-1}
            className={styles.option}
            data-kind={kind}
            onClick={() => onTake(i)}
          >
            <Icon size={17} aria-hidden="true" />
            <span className={styles.label}>{label}</span>
            <span className={styles.hint}>{hint}</span>
            <span className={styles.kind}>{word}</span>
          </div>
        );
      })}
    </div>
  );
}
