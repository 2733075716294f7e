import { useEffect, useRef, useState, type KeyboardEvent } from "react";

import { clock } from "@/text/times";

import { markersOf, moved, reading, said, type ChartData, type ChartScale } from "./model";
import { DASHES } from "./palette";
import { Plot } from "./plot";
import styles from "./time-chart.module.css";

interface PlotCursorProps {
  readonly title: string;
  readonly data: ChartData;
  readonly scale: ChartScale;
  readonly height: number;
}

const time = (at: number) => clock(at * 1000);

/** The canvas with its legend; the cursor is a slider over its moments, so that a reader says what stands there. */
export function PlotCursor({ title, data, scale, height }: PlotCursorProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot | null>(null);
  const newest = useRef(data);
  const [index, setIndex] = useState<number | null>(null);
  const shape = data.series.map(({ label, stepped }) => `${label}${String(stepped)}`).join("|");
  useEffect(() => {
    newest.current = data;
    plot.current?.show(data);
  }, [data]);
  useEffect(() => {
    if (!host.current) return;
    const made = new Plot(host.current, newest.current, scale, height, setIndex);
    plot.current = made;
    return () => {
      plot.current = null;
      made.close();
    };
  }, [shape, scale, height]);

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
    <>
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
        aria-valuemax={last}
        aria-valuenow={shown}
        aria-valuetext={reading(data, shown, scale, time)}
        onKeyDown={press}
      />
      <Happened data={data} index={index} />
    </>
  );
}

interface LegendProps {
  readonly data: ChartData;
  readonly scale: ChartScale;
  readonly index: number;
  readonly pointed: boolean;
}

/** Each line with its dash, its name and its value: at the cursor, or the latest that is known. */
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
