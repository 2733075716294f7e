import { number, short } from "@/text/numbers";
import { moment } from "@/text/times";

import styles from "./usage-chart.module.css";
import type { Bar } from "./usage-bars";

interface UsageChartProps {
  readonly bars: readonly Bar[];
  readonly names: readonly string[];
}

const HEIGHT = 100;
const GAP = 0.15;

/** Stacked bars, an hour each. The same figures are in the table beside it, for those who do not see them. */
export function UsageChart({ bars, names }: UsageChartProps) {
  const most = Math.max(1, ...bars.map(({ total }) => total));
  return (
    <div className={styles.frame}>
      <span className={styles.most}>{short(most)}</span>
      <svg
        className={styles.chart}
        viewBox={`0 0 ${String(bars.length)} ${String(HEIGHT)}`}
        preserveAspectRatio="none"
        aria-hidden="true"
      >
        {bars.map((bar, i) => (
          <Stacked key={bar.start} bar={bar} place={i} names={names} most={most} />
        ))}
      </svg>
      <div className={styles.axis}>
        {[bars[0], bars[Math.floor(bars.length / 2)], bars.at(-1)].map(
          (bar) => bar && <span key={bar.start}>{moment(bar.start).replace(/:\d\d$/, "")}</span>,
        )}
      </div>
      <ul className={styles.legend}>
        {names.map((name, i) => (
          <li key={name}>
            <span className={styles.key} data-series={(i % 6) + 1} aria-hidden="true" />
            {name}
          </li>
        ))}
      </ul>
    </div>
  );
}

interface StackedProps {
  readonly bar: Bar;
  readonly place: number;
  readonly names: readonly string[];
  readonly most: number;
}

function Stacked({ bar, place, names, most }: StackedProps) {
  const tops = names.map((_, i) =>
    names.slice(0, i + 1).reduce((sum, name) => sum + (bar.variants[name] ?? 0), 0),
  );
  return (
    <g>
      {names.map((name, i) => {
        const uses = bar.variants[name] ?? 0;
        if (!uses) return null;
        const height = (uses / most) * HEIGHT;
        return (
          <rect
            key={name}
            className={styles.part}
            data-series={(i % 6) + 1}
            x={place + GAP / 2}
            width={1 - GAP}
            y={HEIGHT - ((tops[i] ?? 0) / most) * HEIGHT}
            height={height}
          >
            <title>{`${moment(bar.start)}: ${name} ${number(uses)} of ${number(bar.total)}`}</title>
          </rect>
        );
      })}
    </g>
  );
}
