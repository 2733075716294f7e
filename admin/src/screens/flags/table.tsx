import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, useState, type MouseEvent } from "react";

import { EnvironmentName } from "@/components/environment";

import { CellCard, useCellCard } from "./cell-card";
import { isExpired, type Flag, type MatrixEnvironment } from "./filter";
import { Row } from "./row";
import styles from "./table.module.css";

const ROW_PX = 58;
const CARD_PX = 190;
const OVERSCAN = 8;
const MANY = 4;

interface TableProps {
  readonly flags: readonly Flag[];
  readonly environments: readonly MatrixEnvironment[];
  readonly narrow: boolean;
  /** When the flags were read, in Unix milliseconds. */
  readonly now: number;
  readonly selected: ReadonlySet<string>;
  readonly onSelect: (key: string, on: boolean) => void;
  readonly onSelectAll: (on: boolean) => void;
  readonly onState: (flag: Flag, environment: string) => void;
  readonly onRestore: (flag: Flag) => void;
}

/** Flags × environments; only the rows in sight are there, whatever their number. On a phone a row is a card. */
export function Table(props: TableProps) {
  "use no memo"; // the virtualizer is one object that changes
  const { flags, environments, narrow, selected, onSelect, onRestore } = props;
  const ref = useRef<HTMLTableElement>(null);
  const [top, setTop] = useState(0);
  useEffect(() => setTop(ref.current?.offsetTop ?? 0), []);
  const rows = useWindowVirtualizer<HTMLTableRowElement>({
    count: flags.length,
    estimateSize: () => (narrow ? CARD_PX : ROW_PX),
    getItemKey: (index) => flags[index]?.key ?? index,
    overscan: OVERSCAN,
    scrollMargin: top,
  });
  const { shown, watching } = useCellCard();
  const items = rows.getVirtualItems();
  const before = (items[0]?.start ?? top) - top;
  const after = rows.getTotalSize() - ((items.at(-1)?.end ?? top) - top);
  const wide = !narrow && environments.length <= MANY;
  const press = (event: MouseEvent) => {
    const button = (event.target as Element).closest<HTMLElement>("button[data-flag]");
    const flag = flags.find(({ key }) => key === button?.dataset["flag"]);
    if (flag && button?.dataset["environment"]) props.onState(flag, button.dataset["environment"]);
  };
  const flag = shown && flags.find(({ key }) => key === shown.flag);
  const environment = shown && environments.find(({ key }) => key === shown.environment);
  const cell = flag && environment && flag.environments[environment.key];
  return (
    // The states are buttons; the table only hears them, so that a thousand rows need no listeners of their own.
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions, jsx-a11y/click-events-have-key-events
    <div className={styles.frame} onClick={press} {...watching}>
      <table ref={ref} className={styles.table} aria-rowcount={flags.length + 1}>
        <caption className="fs-hidden">Flags and their state in each environment</caption>
        <Head {...props} wide={wide} />
        <tbody>
          {before > 0 && <tr aria-hidden="true" style={{ height: before }} />}
          {items.map(({ index }) => {
            const each = flags[index];
            return (
              each && (
                <Row
                  key={each.key}
                  flag={each}
                  index={index}
                  environments={environments}
                  wide={wide}
                  expired={isExpired(each.expires, props.now)}
                  selected={selected.has(each.key)}
                  onSelect={onSelect}
                  onRestore={onRestore}
                  measure={rows.measureElement}
                />
              )
            );
          })}
          {after > 0 && <tr aria-hidden="true" style={{ height: after }} />}
        </tbody>
      </table>
      {cell && <CellCard shown={shown} flag={flag} environment={environment} cell={cell} />}
    </div>
  );
}

function Head({ flags, environments, selected, onSelectAll, wide }: TableProps & { readonly wide: boolean }) {
  const open = flags.filter(({ archived }) => !archived);
  const all = open.length > 0 && open.every(({ key }) => selected.has(key));
  return (
    <thead>
      <tr aria-rowindex={1}>
        <th scope="col" className={styles.check}>
          <label>
            <input
              type="checkbox"
              checked={all}
              disabled={!open.length}
              onChange={() => onSelectAll(!all)}
              aria-label="Select all that are found"
            />
          </label>
        </th>
        <th scope="col">Flag</th>
        {wide && (
          <th scope="col" className={styles.owner}>
            Owner, type
          </th>
        )}
        {environments.map((environment) => (
          <th key={environment.key} scope="col" className={styles.environment}>
            <EnvironmentName environment={environment} />
          </th>
        ))}
        <th scope="col" className={styles.changed}>
          Changed
        </th>
      </tr>
    </thead>
  );
}
