import { Checkbox, UnstyledButton } from "@mantine/core";
import { IconChevronRight } from "@tabler/icons-react";
import { useState } from "react";

import type { Schemas } from "@/api/client";
import { EnvironmentName } from "@/components/environment";
import { Tag } from "@/components/tag";
import { kindWord } from "@/text/deeds";
import { gist } from "@/text/gist";

import { nameOf, rows, why, type Item } from "./choice";
import styles from "./compare.module.css";

interface MatrixProps {
  readonly environments: readonly Schemas["ComparedEnvironment"][];
  readonly items: readonly Item[];
  readonly picked: ReadonlySet<string>;
  /** Whether an item can be copied between the two that are chosen. */
  readonly copyable: (item: Item) => boolean;
  readonly onPick: (names: readonly string[], on: boolean) => void;
}

/** Items down, environments across: what each does there, in words; a row opens into its properties. */
export function Matrix({ environments, items, picked, copyable, onPick }: MatrixProps) {
  const able = items.filter(copyable).map(nameOf);
  const all = able.length > 0 && able.every((name) => picked.has(name));
  return (
    // what scrolls sideways can be reached by keyboard
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={styles.scroll} role="region" aria-label="Differences" tabIndex={0}>
      <table className={styles.matrix}>
        <thead>
          <tr>
            <th scope="col" className={styles.pick}>
              <Checkbox
                size="xs"
                aria-label="Pick all that can be copied"
                checked={all}
                indeterminate={!all && able.some((name) => picked.has(name))}
                disabled={!able.length}
                onChange={(event) => onPick(able, event.currentTarget.checked)}
              />
            </th>
            <th scope="col">Document</th>
            {environments.map((environment) => (
              <th key={environment.key} scope="col">
                <EnvironmentName environment={environment} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <ItemRows
              key={nameOf(item)}
              item={item}
              environments={environments.map(({ key }) => key)}
              picked={picked.has(nameOf(item))}
              copyable={copyable(item)}
              onPick={(on) => onPick([nameOf(item)], on)}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface ItemRowsProps {
  readonly item: Item;
  readonly environments: readonly string[];
  readonly picked: boolean;
  readonly copyable: boolean;
  readonly onPick: (on: boolean) => void;
}

const MEANING = {
  differs: null,
  "other units": "same shares, other units",
  same: "the same",
} as const;

function ItemRows({ item, environments, picked, copyable, onPick }: ItemRowsProps) {
  const [shown, setShown] = useState(false);
  const meaning = MEANING[why(item)];
  const texts = environments.map((environment) => gist(item.kind, item.sides[environment] ?? null));
  const differ = new Set(texts).size > 1;
  return (
    <>
      <tr>
        <td className={styles.pick}>
          <Checkbox
            size="xs"
            aria-label={`Pick ${kindWord(item.kind)} ${item.key}`}
            checked={picked}
            disabled={!copyable}
            onChange={(event) => onPick(event.currentTarget.checked)}
          />
        </td>
        <th scope="row">
          <UnstyledButton
            className={styles.open}
            aria-expanded={shown}
            data-open={shown}
            onClick={() => setShown(!shown)}
          >
            <IconChevronRight size={16} aria-hidden="true" />
            <span>
              <span className={styles.kind}>{kindWord(item.kind)} </span>
              <span className="fs-mono">{item.key}</span>
              {meaning && (
                <>
                  {" "}
                  <Tag tone={item.sameUnits === false ? "warn" : "quiet"}>{meaning}</Tag>
                </>
              )}
            </span>
          </UnstyledButton>
        </th>
        {environments.map((environment, i) => (
          <td key={environment} data-differs={differ || undefined}>
            {item.sides[environment] ? texts[i] : <Tag>not there</Tag>}
          </td>
        ))}
      </tr>
      {shown && <Properties item={item} environments={environments} />}
    </>
  );
}

function Properties({ item, environments }: Pick<ItemRowsProps, "item" | "environments">) {
  return (
    <>
      {item.sameUnits === false && (
        <tr className={styles.property}>
          <td />
          <td colSpan={environments.length + 1}>
            The content is the same, but it draws units apart: salts or tables differ, so one unit need not
            get the same everywhere.
          </td>
        </tr>
      )}
      {rows(item, environments).map((row) => (
        <tr key={row.label} className={styles.property} data-differs={row.differs}>
          <td />
          <th scope="row">
            {row.label}
            {row.differs && <span className="fs-hidden"> (differs)</span>}
          </th>
          {row.values.map((value, i) => (
            <td key={environments[i]}>{value ?? <span className={styles.none}>none</span>}</td>
          ))}
        </tr>
      ))}
    </>
  );
}
