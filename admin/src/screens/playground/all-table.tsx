import { useVirtualizer } from "@tanstack/react-virtual";
import { useRef } from "react";

import { EnvironmentName, type Environment } from "@/components/environment";
import { Tag } from "@/components/tag";

import styles from "./all-table.module.css";
import { cause, serves, type Line } from "./table";

interface AllTableProps {
  readonly lines: readonly Line[];
  readonly environments: readonly Environment[];
  readonly waiting: boolean;
  readonly onOpen: (flag: string, environment: string) => void;
}

const ROW = 49;

/** Flags by environments; only the rows in sight are drawn. Each cell opens the way to it. */
export function AllTable({ lines, environments, waiting, onOpen }: AllTableProps) {
  const scroller = useRef<HTMLDivElement>(null);
  // eslint-disable-next-line react-hooks/incompatible-library -- nothing here is kept from one drawing to the next
  const rows = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 10,
  });
  return (
    <div
      ref={scroller}
      className={styles.scroller}
      role="group"
      aria-label="What each flag serves"
      aria-busy={waiting || undefined}
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls has to be reached by the keyboard
      tabIndex={0}
    >
      <div
        role="table"
        aria-label="Flags by environment"
        aria-rowcount={lines.length + 1}
        className={styles.table}
        style={{ "--columns": environments.length } as React.CSSProperties}
      >
        <div role="rowgroup" className={styles.head}>
          <div role="row" className={styles.row}>
            <span role="columnheader">Flag</span>
            {environments.map((environment) => (
              <span role="columnheader" key={environment.key}>
                <EnvironmentName environment={environment} />
              </span>
            ))}
          </div>
        </div>
        <div role="rowgroup" className={styles.body} style={{ height: rows.getTotalSize() }}>
          {rows.getVirtualItems().map(({ index, start }) => {
            const line = lines[index];
            return (
              line && (
                <div
                  key={line.flag}
                  ref={rows.measureElement}
                  data-index={index}
                  role="row"
                  aria-rowindex={index + 2}
                  className={`${styles.row ?? ""} ${styles.drawn ?? ""}`}
                  style={{ transform: `translateY(${start}px)` }}
                >
                  <Cells line={line} environments={environments} onOpen={onOpen} />
                </div>
              )
            );
          })}
        </div>
      </div>
    </div>
  );
}

interface CellsProps {
  readonly line: Line;
  readonly environments: readonly Environment[];
  readonly onOpen: (flag: string, environment: string) => void;
}

function Cells({ line, environments, onOpen }: CellsProps) {
  return (
    <>
      <span role="rowheader" className={styles.flag}>
        <span className="fs-mono">{line.flag}</span>
        {line.differs && <Tag tone="info">differs</Tag>}
      </span>
      {environments.map((environment, i) => {
        const decision = line.cells[i];
        const place = environment.name ?? environment.key;
        return (
          <span role="cell" key={environment.key} className={styles.cell}>
            <span className={styles.place} aria-hidden="true">
              <EnvironmentName environment={environment} />
            </span>
            {decision ? (
              <button
                type="button"
                className={styles.open}
                onClick={() => onOpen(line.flag, environment.key)}
              >
                <span className="fs-hidden">
                  Explain {line.flag} in {place}:{" "}
                </span>
                <span className={styles.serves} data-error={decision.error ?? undefined}>
                  {serves(decision)}
                </span>
                <span className={styles.cause}>{cause(decision)}</span>
              </button>
            ) : (
              <span className={styles.cause}>not there</span>
            )}
          </span>
        );
      })}
    </>
  );
}
