import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { memo } from "react";

import { EnvironmentName } from "@/components/environment";
import { When } from "@/components/when";
import { cellSaid, type Cell } from "@/text/cells";

import { lastChange, type Flag, type MatrixEnvironment } from "./filter";
import { Spark } from "./spark";
import styles from "./table.module.css";

const TAGS = 3;

interface RowProps {
  readonly flag: Flag;
  readonly index: number;
  readonly environments: readonly MatrixEnvironment[];
  readonly wide: boolean;
  readonly expired: boolean;
  readonly selected: boolean;
  readonly onSelect: (key: string, on: boolean) => void;
  readonly onRestore: (flag: Flag) => void;
  readonly measure: (row: HTMLTableRowElement | null) => void;
}

/** One flag. Plain elements only, as a thousand of them are scrolled through. */
export const Row = memo(function Row(props: RowProps) {
  const { flag, index, environments, wide, expired, selected, onSelect, onRestore, measure } = props;
  return (
    <tr
      ref={measure}
      data-index={index}
      aria-rowindex={index + 2}
      className={styles.row}
      data-selected={selected || undefined}
    >
      <td className={styles.check}>
        {!flag.archived && (
          <label>
            <input
              type="checkbox"
              checked={selected}
              onChange={(event) => onSelect(flag.key, event.currentTarget.checked)}
              aria-label={`Select ${flag.key}`}
            />
          </label>
        )}
      </td>
      <FlagCell flag={flag} expired={expired} />
      {wide && (
        <td className={styles.faint}>
          {flag.owner ?? "nobody"}
          <span className={styles.by}>{flag.type}</span>
        </td>
      )}
      {environments.map((environment) => (
        <StateCell
          key={environment.key}
          flag={flag}
          environment={environment}
          cell={flag.environments[environment.key]}
        />
      ))}
      <td className={styles.changed}>
        {flag.archived ? (
          <Button size="compact-sm" variant="default" onClick={() => onRestore(flag)}>
            Restore<span className="fs-hidden"> {flag.key}</span>
          </Button>
        ) : (
          <Changed flag={flag} />
        )}
      </td>
    </tr>
  );
});

function FlagCell({ flag, expired }: Pick<RowProps, "flag" | "expired">) {
  const more = flag.tags.length - TAGS;
  return (
    <th scope="row" className={styles.flag}>
      <Link to="/flags/$key" params={{ key: flag.key }} className={styles.key}>
        {flag.key}
      </Link>
      <span className={styles.about}>
        {flag.name && <span className={styles.name}>{flag.name}</span>}
        {expired && <span className={styles.expired}>expired</span>}
        {flag.tags.slice(0, TAGS).map((tag) => (
          <span key={tag} className={styles.tag}>
            {tag}
          </span>
        ))}
        {more > 0 && <span className={styles.tag}>+{more}</span>}
      </span>
    </th>
  );
}

interface StateCellProps {
  readonly flag: Flag;
  readonly environment: MatrixEnvironment;
  readonly cell: Cell | undefined;
}

/** The state as a button; what a press does, and the card with the rest, belong to the table. */
function StateCell({ flag, environment, cell }: StateCellProps) {
  const name = environment.name ?? environment.key;
  if (!cell) return <td className={styles.cell}>not there</td>;
  const { word, tone } = cellSaid(cell);
  return (
    <td className={styles.cell}>
      <span className={styles.where} aria-hidden="true">
        <EnvironmentName environment={environment} />
      </span>
      <button
        type="button"
        className={styles.state}
        data-tone={tone}
        data-flag={flag.key}
        data-environment={environment.key}
        disabled={flag.archived}
        aria-label={`${word}: ${flag.key} in ${name}`}
      >
        <span className={styles.word}>{word}</span>
      </button>
      <Spark uses={cell.uses} />
    </td>
  );
}

function Changed({ flag }: { readonly flag: Flag }) {
  const { at, by } = lastChange(flag);
  return (
    <>
      <When at={at} />
      <span className={styles.by}>{by}</span>
    </>
  );
}
