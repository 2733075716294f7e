import styles from "./table.module.css";

const WIDTH = 48;
const HEIGHT = 18;

/** Uses by hour as a line, in the scale of its own largest; the figures are said in words elsewhere. */
export function Spark({ uses }: { readonly uses: readonly number[] | null }) {
  const most = Math.max(0, ...(uses ?? []));
  if (!uses || !most) return <span className={styles.spark} aria-hidden="true" />;
  const step = WIDTH / (uses.length - 1);
  const points = uses
    .map((each, i) => `${(i * step).toFixed(1)},${(HEIGHT - 1 - (each / most) * (HEIGHT - 3)).toFixed(1)}`)
    .join(" ");
  return (
    <svg
      className={styles.spark}
      viewBox={`0 0 ${String(WIDTH)} ${String(HEIGHT)}`}
      width={WIDTH}
      height={HEIGHT}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <polygon points={`0,${String(HEIGHT)} ${points} ${String(WIDTH)},${String(HEIGHT)}`} />
      <polyline points={points} />
    </svg>
  );
}
