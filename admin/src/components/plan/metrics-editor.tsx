import { Button, JsonInput, NumberInput, Select, TextInput, Title } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";

import { changedItem, judgedBy, newMetric, withoutItem } from "./edit";
import { OrderButtons } from "./order-buttons";
import styles from "./plan.module.css";
import type { Plan, PlanAnalysis, PlanMetric } from "./types";

const KINDS = [
  { value: "errors", label: "errors" },
  { value: "latency", label: "latency" },
  { value: "mean", label: "mean" },
  { value: "ratio", label: "ratio" },
  { value: "value", label: "value with limits" },
];

interface MetricsEditorProps {
  readonly plan: Plan;
  readonly onChange: (plan: Plan) => void;
}

/** By which metrics the candidate is judged, and how much has to be known before a step may end. */
export function MetricsEditor({ plan, onChange }: MetricsEditorProps) {
  const { analysis } = plan;
  const metrics = analysis?.metrics ?? [];
  const set = (next: readonly PlanMetric[]) => onChange(judgedBy(plan, next));
  return (
    <section aria-labelledby="plan-analysis">
      <Title order={2} id="plan-analysis" mb="xs">
        How the candidate is judged
      </Title>
      {!metrics.length && (
        <p className={styles.more}>Nothing is judged: holds only give people time to look.</p>
      )}
      <ul className={styles.steps}>
        {metrics.map((metric, index) => (
          <li key={index} className={styles.step}>
            <div className={styles.stepHead}>
              <strong>{metric.name}</strong>
              <OrderButtons
                what={`metric ${metric.name}`}
                index={index}
                length={metrics.length}
                onRemove={() => set(withoutItem(metrics, index))}
              />
            </div>
            <MetricFields metric={metric} onChange={(part) => set(changedItem(metrics, index, part))} />
          </li>
        ))}
      </ul>
      <Button
        variant="default"
        size="sm"
        leftSection={<IconPlus size={16} />}
        onClick={() => set([...metrics, newMetric(metrics, metrics.length ? "latency" : "errors")])}
      >
        Add a metric
      </Button>
      {analysis && (
        <AnalysisFields analysis={analysis} onChange={(next) => onChange({ ...plan, analysis: next })} />
      )}
    </section>
  );
}

interface MetricFieldsProps {
  readonly metric: PlanMetric;
  readonly onChange: (part: Partial<PlanMetric>) => void;
}

function MetricFields({ metric, onChange }: MetricFieldsProps) {
  const { kind } = metric;
  return (
    <>
      <div className={styles.fields}>
        <TextInput
          label="Name"
          value={metric.name}
          onChange={(event) => onChange({ name: event.currentTarget.value })}
        />
        <Select
          label="Kind"
          data={KINDS}
          value={kind}
          allowDeselect={false}
          onChange={(value) => value && onChange({ kind: value as PlanMetric["kind"] })}
        />
        <TextInput
          label="Source"
          description="own: what is reported here"
          inputWrapperOrder={["label", "input", "description"]}
          value={metric.source}
          onChange={(event) => onChange({ source: event.currentTarget.value })}
        />
        {kind === "value" ? (
          <Limits metric={metric} onChange={onChange} />
        ) : (
          <Figure
            label={
              kind === "mean" || kind === "ratio"
                ? "Smallest change that counts"
                : "Smallest ratio that counts"
            }
            value={metric.guard}
            onChange={(guard) => onChange({ guard })}
          />
        )}
        {kind === "latency" && (
          <TextInput
            label="Slow is over"
            placeholder="fixed at the start"
            value={metric.bound ?? ""}
            onChange={(event) => onChange({ bound: event.currentTarget.value || undefined })}
          />
        )}
      </div>
      {metric.source !== "own" && <Query metric={metric} onChange={onChange} />}
    </>
  );
}

function Limits({ metric, onChange }: MetricFieldsProps) {
  return (
    <>
      <Figure label="At least" value={metric.minimum} onChange={(minimum) => onChange({ minimum })} />
      <Figure label="At most" value={metric.maximum} onChange={(maximum) => onChange({ maximum })} />
    </>
  );
}

interface FigureProps {
  readonly label: string;
  readonly value: number | null | undefined;
  readonly onChange: (value: number | undefined) => void;
}

function Figure({ label, value, onChange }: FigureProps) {
  return (
    <NumberInput
      label={label}
      placeholder="by kind"
      value={value ?? ""}
      hideControls
      onChange={(next) => onChange(typeof next === "number" ? next : undefined)}
    />
  );
}

/** What only the source understands; kept as it is typed, taken once it is JSON. */
function Query({ metric, onChange }: MetricFieldsProps) {
  const [typed, setTyped] = useState(() => JSON.stringify(metric.query ?? {}, null, 2));
  return (
    <JsonInput
      label="Query"
      description="What only this source understands, as JSON"
      value={typed}
      autosize
      minRows={3}
      formatOnBlur
      validationError="This is no JSON"
      onChange={(text) => {
        setTyped(text);
        const query = objectIn(text);
        if (query) onChange({ query });
      }}
    />
  );
}

function objectIn(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const found: unknown = JSON.parse(text);
    return typeof found === "object" && found !== null ? (found as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

interface AnalysisFieldsProps {
  readonly analysis: PlanAnalysis;
  readonly onChange: (analysis: PlanAnalysis) => void;
}

function AnalysisFields({ analysis, onChange }: AnalysisFieldsProps) {
  return (
    <div className={styles.fields}>
      <Select
        label="A step may end when there is"
        data={[
          { value: "no_alarm", label: "no alarm" },
          { value: "proven", label: "proof that it is not worse" },
          { value: "proven_or_no_alarm", label: "proof, or no alarm at the end" },
        ]}
        value={analysis.advanceWhen ?? "no_alarm"}
        allowDeselect={false}
        onChange={(value) => value && onChange({ ...analysis, advanceWhen: value })}
      />
      <TextInput
        label="Window"
        placeholder="15s"
        value={analysis.every ?? ""}
        onChange={(event) => onChange({ ...analysis, every: event.currentTarget.value || undefined })}
      />
      <TextInput
        label="Unknown for too long"
        placeholder="10m"
        value={analysis.unknownFor ?? ""}
        onChange={(event) => onChange({ ...analysis, unknownFor: event.currentTarget.value || undefined })}
      />
      <Select
        label="Then"
        data={[
          { value: "rollback", label: "roll back" },
          { value: "pause", label: "pause" },
          { value: "hold", label: "go on waiting" },
        ]}
        value={analysis.onUnknown ?? "rollback"}
        allowDeselect={false}
        onChange={(value) => value && onChange({ ...analysis, onUnknown: value })}
      />
    </div>
  );
}
