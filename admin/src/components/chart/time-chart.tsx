import { Button, Group, Title } from "@mantine/core";
import { IconTable } from "@tabler/icons-react";
import { useEffect, useId, useRef, useState, type KeyboardEvent } from "react";

import { clock } from "@/text/times";

import { ChartTable } from "./chart-table";
import { markersOf, moved, reading, said, type ChartData, type ChartScale } from "./model";
import { Plot } from "./plot";
import { DASHES } from "./palette";
import styles from "./time-chart.module.css";

interface TimeChartProps {
  readonly title: string;
  /** The finding in words, for those who see no picture and for those in a hurry. */
  readonly caption: string;
  readonly data: ChartData;
  readonly scale: ChartScale;
  readonly height?: number;
}

const time = (at: number) => clock(at * 1000);

/**
 * Values over time: a canvas whose cursor moves by pointer or by arrow keys and is read out, a legend that shows the
 * values there, the finding in words, and the same points as a table. New points are drawn into the same canvas.
 */
export function TimeChart({ title, caption, data, scale, height = 220 }: TimeChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot | null>(null);
  const [index, setIndex] = useState<number | null>(null);
  const [listed, setListed] = useState(false);
  const titled = useId();
  const shape = data.series.map(({ label, stepped }) => `${label}${String(stepped)}`).join("|");
  const newest = useRef(data);
  useEffect(() => {
    newest.current = data;
  });
  useEffect(() => {
    if (!host.current) return;
    const made = new Plot(host.current, newest.current, scale, height, setIndex);
    plot.current = made;
    return () => {
      plot.current = null;
      made.close();
    };
  }, [shape, scale, height]);
  useEffect(() => plot.current?.show(data), [data]);

  const last = data.at.length - 1;
  const shown = index === null ? last : Math.min(index, last);
  const press = (event: KeyboardEvent) => {
    const next = moved(event.key, shown, data.at.length);
    if (next === null) return;
    event.preventDefault();
    plot.current?.point(next);
    setIndex(next);
  };
  return (
    <figure className={styles.figure} aria-labelledby={titled}>
      <Group justify="space-between" gap="xs" wrap="nowrap" align="flex-start">
        <Title order={3} size="h5" id={titled}>
          {title}
        </Title>
        <Button
          size="compact-xs"
          variant="subtle"
          color="gray"
          className={styles.quiet}
          leftSection={<IconTable size={14} />}
          aria-expanded={listed}
          onClick={() => setListed(!listed)}
        >
          {listed ? "Hide table" : "Show as table"}
        </Button>
      </Group>
      <Legend data={data} scale={scale} index={shown} pointed={index !== null} />
      <div
        ref={host}
        className={styles.plot}
        style={{ height }}
        role="slider"
        tabIndex={0}
        aria-label={`${title}: cursor`}
        aria-orientation="horizontal"
        aria-valuemin={0}
        aria-valuemax={Math.max(last, 0)}
        aria-valuenow={Math.max(shown, 0)}
        aria-valuetext={reading(data, shown, scale, time)}
        onKeyDown={press}
      />
      <Happened data={data} index={index} />
      <figcaption className={styles.caption}>{caption}</figcaption>
      {listed && <ChartTable title={title} data={data} scale={scale} />}
    </figure>
  );
}

interface LegendProps {
  readonly data: ChartData;
  readonly scale: ChartScale;
  readonly index: number;
  readonly pointed: boolean;
}

function Legend({ data, scale, index, pointed }: LegendProps) {
  const at = data.at[index];
  return (
    <ul className={styles.legend}>
      {data.series.map(({ label, values }, i) => (
        <li key={label}>
          <svg width={26} height={8} aria-hidden="true" className={styles.swatch} data-series={(i % 6) + 1}>
            <line
              x1={0}
              x2={26}
              y1={4}
              y2={4}
              strokeWidth={2.5}
              strokeDasharray={(DASHES[i] ?? []).join(" ")}
            />
          </svg>
          {label} <strong>{said(pointed ? values[index] : latest(values), scale.format)}</strong>
        </li>
      ))}
      {pointed && at !== undefined && <li className={styles.at}>at {time(at)}</li>}
    </ul>
  );
}

function latest(values: readonly (number | null)[]): number | null {
  return values.findLast((value) => value !== null) ?? null;
}

/** What happened at the cursor, in words: a number on a canvas says nothing by itself. */
function Happened({ data, index }: { readonly data: ChartData; readonly index: number | null }) {
  const markers = index === null ? [] : markersOf(data, index);
  if (!markers.length) return null;
  return (
    <p className={styles.happened}>
      {markers.map(({ number, text }) => `${String(number)}: ${text}`).join(" · ")}
    </p>
  );
}
