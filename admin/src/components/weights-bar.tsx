import { percent, sum, WHOLE, type Weights } from "@/text/weights";
import { weights as inWords } from "@/text/words";

import styles from "./weights-bar.module.css";

/** Weights as a stacked bar, with the same in words for those who do not see it. */
export function WeightsBar({
  weights,
  legend = false,
}: {
  readonly weights: Weights;
  readonly legend?: boolean;
}) {
  const parts = Object.entries(weights);
  const whole = Math.max(sum(weights), WHOLE);
  return (
    <div>
      <div className={styles.bar} role="img" aria-label={inWords(weights)}>
        {parts.map(
          ([name, weight], i) =>
            weight > 0 && (
              <span
                key={name}
                className={styles.part}
                data-series={(i % 6) + 1}
                style={{ width: `${(weight / whole) * 100}%` }}
              />
            ),
        )}
      </div>
      {legend && (
        <ul className={styles.legend}>
          {parts.map(([name, weight], i) => (
            <li key={name}>
              <span className={styles.key} data-series={(i % 6) + 1} aria-hidden="true" />
              {name} {percent(weight)}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
