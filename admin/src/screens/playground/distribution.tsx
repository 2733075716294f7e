import { Text, Title } from "@mantine/core";
import { useId } from "react";

import { Notice } from "@/components/tag";
import { number } from "@/text/numbers";
import { share } from "@/text/weights";

import { called, decidedBy, talliesOf, type Tally } from "./counts";
import styles from "./distribution.module.css";
import type { Batch } from "./queries";

const UNLIKELY = 0.01;

/** Who got what beside what the split says, as bars and as a table, and whether that is chance. */
export function Distribution({ answer }: { readonly answer: Batch }) {
  const id = useId();
  const tallies = talliesOf(answer);
  const { chiSquare, errors, split } = answer;
  return (
    <section className="fs-card" aria-labelledby={id}>
      <Title order={2} id={id} mb={4}>
        {number(answer.units)} units
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        {decidedBy(answer)}
      </Text>
      {errors > 0 && (
        <Notice tone="warn">
          {number(errors)} of them ended in an error, for want of an attribute for instance: they got the off
          variant.
        </Notice>
      )}
      <table className={`fs-table fs-cards ${styles.table ?? ""}`}>
        <thead>
          <tr>
            <th scope="col">Variant</th>
            <th scope="col">Units</th>
            <th scope="col">Share of all</th>
            {split && (
              <>
                <th scope="col">Share by the split</th>
                <th scope="col">Expected</th>
              </>
            )}
            <th scope="col" className={styles.wide} aria-hidden="true" />
          </tr>
        </thead>
        <tbody>
          {tallies.map((tally, i) => (
            <Row key={tally.variant} tally={tally} place={i} />
          ))}
        </tbody>
      </table>
      {chiSquare && (
        <div className={styles.test} role="status">
          <Notice tone={chiSquare.p < UNLIKELY ? "warn" : "ok"} title="Is that chance?">
            {chiSquare.sentence}{" "}
            <span className={styles.figures}>
              χ² = {number(chiSquare.statistic)}, {chiSquare.degrees}{" "}
              {chiSquare.degrees === 1 ? "degree" : "degrees"} of freedom
            </span>
          </Notice>
        </div>
      )}
    </section>
  );
}

function Row({ tally, place }: { readonly tally: Tally; readonly place: number }) {
  const { variant, units, expected, drawnShare } = tally;
  return (
    <tr>
      <td data-label="Variant">
        <b>{called(variant)}</b>
      </td>
      <td data-label="Units">{number(units)}</td>
      <td data-label="Share of all">{share(tally.share)}</td>
      {expected !== null && (
        <>
          <td data-label="Share by the split">{share(drawnShare, 2)}</td>
          <td data-label="Expected">{share(expected, 2)}</td>
        </>
      )}
      <td className={styles.wide} aria-hidden="true">
        <div className={styles.track}>
          <span
            className={styles.part}
            data-series={(place % 6) + 1}
            style={{ width: `${(drawnShare ?? tally.share) * 100}%` }}
          />
          {expected !== null && <span className={styles.expected} style={{ left: `${expected * 100}%` }} />}
        </div>
      </td>
    </tr>
  );
}
