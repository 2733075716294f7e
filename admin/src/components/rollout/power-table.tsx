import { List } from "@mantine/core";

import type { Schemas } from "@/api/client";
import { Tag } from "@/components/tag";
import { figure } from "@/text/measures";
import { duration } from "@/text/times";

import styles from "./power.module.css";

interface PowerTableProps {
  readonly steps: readonly Schemas["StepPower"][];
}

/** Each judged step and metric: the regression that is noticed, whether that is enough, and all of it in words. */
export function PowerTable({ steps }: PowerTableProps) {
  const rows = steps.flatMap((step) => step.metrics.map((metric) => ({ step, metric })));
  return (
    <table className="fs-table fs-cards">
      <thead>
        <tr>
          <th scope="col">Step</th>
          <th scope="col">Metric</th>
          <th scope="col">Hold</th>
          <th scope="col">Notices nine times of ten</th>
          <th scope="col">Every other time</th>
          <th scope="col">Judgement</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ step, metric }) => (
          <tr key={`${String(step.number)}/${metric.metric}`}>
            <td data-label="Step">{step.name}</td>
            <td data-label="Metric">{metric.metric}</td>
            <td data-label="Hold">{duration(metric.holdSeconds)}</td>
            <td data-label="Nine times of ten">{times(metric.nineOfTen)}</td>
            <td data-label="Every other time">{times(metric.half)}</td>
            <td data-label="Judgement">
              <div className={styles.judgement}>
                <Tag tone={metric.enough ? "ok" : "warn"}>{metric.enough ? "enough" : "too little"}</Tag>
                <details>
                  <summary>In words</summary>
                  <List size="sm">
                    {metric.sentences.map((sentence) => (
                      <List.Item key={sentence}>{sentence}</List.Item>
                    ))}
                  </List>
                </details>
              </div>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function times(ratio: number | null): string {
  return ratio === null ? "nothing" : `${figure(ratio)}\u00a0× as bad`;
}
