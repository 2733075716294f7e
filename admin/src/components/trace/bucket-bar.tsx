import { number } from "@/text/numbers";

import styles from "./trace.module.css";

interface BucketBarProps {
  readonly bucket: number;
  /** How many buckets there are. */
  readonly space: number;
  /** [start, end) of what owns the bucket. */
  readonly range: readonly [number, number];
  readonly owner: string;
}

/** All buckets as a line, the range that owns the unit's bucket, and the bucket in it. */
export function BucketBar({ bucket, space, range: [start, end], owner }: BucketBarProps) {
  const at = (place: number) => `${(place / space) * 100}%`;
  const words = `Bucket ${number(bucket)} lies in the range of ${owner}, ${number(start)}…${number(end)}, of ${number(space)} buckets.`;
  return (
    <figure className={styles.buckets}>
      <div className={styles.track} role="img" aria-label={words}>
        <span className={styles.range} style={{ left: at(start), width: at(end - start) }} />
        <span className={styles.marker} style={{ left: at(bucket + 0.5) }} />
      </div>
      <figcaption className={styles.scale} aria-hidden="true">
        <span>0</span>
        <span>
          <b>{owner}</b> {number(start)}…{number(end)} · bucket <b>{number(bucket)}</b>
        </span>
        <span>{number(space)}</span>
      </figcaption>
    </figure>
  );
}
