import { Box, Button, CopyButton, Group, Text } from "@mantine/core";

import { Exactly } from "@/components/when";
import { count } from "@/text/numbers";
import { moment, utc } from "@/text/times";

import { copied, tableOf, type ChartData, type ChartScale } from "./model";
import styles from "./time-chart.module.css";

interface ChartTableProps {
  readonly title: string;
  readonly data: ChartData;
  readonly scale: ChartScale;
}

const inUtc = (at: number) => utc(at * 1000);
const here = (at: number) => moment(at * 1000);

/** The points of a chart as a table that can be copied into a spreadsheet. */
export function ChartTable({ title, data, scale }: ChartTableProps) {
  const table = tableOf(data, scale, here);
  return (
    <>
      <Group justify="space-between">
        <Text size="sm" c="dimmed">
          {count(table.rows.length, "point")} · a copy has its times in UTC
        </Text>
        <CopyButton value={copied(tableOf(data, scale, inUtc))}>
          {({ copied: done, copy }) => (
            <Button size="compact-xs" variant="default" onClick={copy}>
              {done ? "Copied" : "Copy the table"}
            </Button>
          )}
        </CopyButton>
      </Group>
      <Box className={styles.scroll} tabIndex={0} role="region" aria-label={`${title}, as a table`}>
        <table className="fs-table">
          <caption className="fs-hidden">{title}</caption>
          <thead>
            <tr>
              {table.head.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {table.rows.map((row, i) => (
              <tr key={`${row[0] ?? ""}/${String(i)}`}>
                {row.map((cell, j) => (
                  <td key={table.head[j]}>{j === 0 ? <Exactly at={(data.at[i] ?? 0) * 1000} /> : cell}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Box>
    </>
  );
}
