import { Tabs, Text } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";

import styles from "./conflict.module.css";
import type { Three } from "./three";

const SIDES = { mine: "Mine", theirs: "Theirs", merged: "Merged" } as const;
type Side = keyof typeof SIDES;
const ORDER = Object.keys(SIDES) as readonly Side[];

/** Mine, theirs and the merge of both: side by side on a desk, behind tabs on a phone. */
export function ThreeColumns({ rows }: { readonly rows: readonly Three[] }) {
  const phone = useMediaQuery("(max-width: 48em)");
  return phone ? <Tabbed rows={rows} /> : <Columns rows={rows} />;
}

function Columns({ rows }: { readonly rows: readonly Three[] }) {
  return (
    <table className={styles.columns}>
      <thead>
        <tr>
          {ORDER.map((side) => (
            <th key={side} scope="col">
              {SIDES[side]}
            </th>
          ))}
        </tr>
      </thead>
      {rows.map((row) => (
        <tbody key={row.label}>
          <tr className={styles.place}>
            <th colSpan={ORDER.length} scope="rowgroup">
              {row.label}, {row.was === null ? "not there before" : `was ${row.was}`}
            </th>
          </tr>
          <tr>
            {ORDER.map((side) => (
              <td key={side}>
                <Cell text={row[side]} />
              </td>
            ))}
          </tr>
        </tbody>
      ))}
    </table>
  );
}

function Tabbed({ rows }: { readonly rows: readonly Three[] }) {
  return (
    <Tabs defaultValue="merged">
      <Tabs.List grow>
        {ORDER.map((side) => (
          <Tabs.Tab key={side} value={side}>
            {SIDES[side]}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {ORDER.map((side) => (
        <Tabs.Panel key={side} value={side}>
          <ul className={styles.list}>
            {rows.map((row) => (
              <li key={row.label}>
                <Text size="xs" c="dimmed">
                  {row.label}, {row.was === null ? "not there before" : `was ${row.was}`}
                </Text>
                <Cell text={row[side]} />
              </li>
            ))}
          </ul>
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}

function Cell({ text }: { readonly text: string | null }) {
  return text === null ? (
    <Text span size="sm" c="dimmed">
      as it was
    </Text>
  ) : (
    <span>{text}</span>
  );
}
