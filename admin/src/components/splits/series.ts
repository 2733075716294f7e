import styles from "./splits.module.css";

const SERIES = [
  styles.series1,
  styles.series2,
  styles.series3,
  styles.series4,
  styles.series5,
  styles.series6,
];

/** The class that gives the nth name its colour, the same in every bar and slider. */
export function series(place: number): string {
  return SERIES[Math.max(0, place) % SERIES.length] ?? "";
}
