import { Code, Group, Text } from "@mantine/core";

import type { Schemas } from "@/api/client";
import { limitWords } from "@/components/plan/plan-words";
import { VerdictTag } from "@/components/rollout/phase-tag";
import { Timed } from "@/components/when";
import { figure, measured, nounOf, towards } from "@/text/measures";

import { lastWindows } from "./chart-data";
import styles from "./rollout.module.css";
import { Spark } from "./spark";
import type { PlanMetric, Timeline } from "./queries";

interface MetricTileProps {
  readonly metric: PlanMetric;
  readonly said: Schemas["MetricStatus"] | undefined;
  readonly timeline: Timeline | undefined;
}

/** One metric: its verdict, both arms, how far the evidence is, the last windows, and what is asked of which source. */
export function MetricTile({ metric, said, timeline }: MetricTileProps) {
  const { name, kind } = metric;
  const windows = timeline ? lastWindows(timeline, name) : [];
  const isUnknown = said?.kind === "unknown" && said.detail !== "";
  return (
    <article className={styles.tile} aria-label={name}>
      <Group justify="space-between" gap="xs" wrap="nowrap">
        <strong>{name}</strong>
        <VerdictTag verdict={said?.kind ?? "unknown"} />
      </Group>
      <Arms kind={kind} said={said} />
      <Evidence e={said?.e} alarm={timeline?.bounds?.alarm} guard={guardWords(metric, timeline)} />
      {windows.length > 1 && <Spark windows={windows} kind={kind} name={name} />}
      {isUnknown && (
        <Text size="sm">
          Why unknown: <Timed text={said.detail} />.
        </Text>
      )}
      <Asked metric={metric} />
    </article>
  );
}

interface ArmsProps {
  readonly kind: string;
  readonly said: Schemas["MetricStatus"] | undefined;
}

function Arms({ kind, said }: ArmsProps) {
  const ratio = said?.ratio;
  return (
    <dl className={styles.arms}>
      <div>
        <dt>candidate</dt>
        <dd>{figureOf(said?.candidate, kind)}</dd>
      </div>
      <div>
        <dt>baseline</dt>
        <dd>{figureOf(said?.baseline, kind)}</dd>
      </div>
      <div>
        <dt>ratio</dt>
        <dd>{typeof ratio === "number" ? `${figure(ratio)}\u00a0×` : UNKNOWN}</dd>
      </div>
    </dl>
  );
}

const UNKNOWN = (
  <>
    <span aria-hidden="true">—</span>
    <span className="fs-hidden">unknown</span>
  </>
);

function figureOf(value: number | null | undefined, kind: string) {
  return typeof value === "number" ? measured(value, kind) : UNKNOWN;
}

/** What is asked of which source. */
function Asked({ metric: { name, kind, source, of, bound, query } }: { readonly metric: PlanMetric }) {
  return (
    <details className={styles.fold}>
      <summary>What is measured</summary>
      <Text size="sm">
        {nounOf(kind)} from source {source}
        {of === "units" && ", counted by units"}
        {bound && bound !== "0s" && `; slower than ${bound} is slow`}
      </Text>
      <Code block tabIndex={0} aria-label={`Query of ${name}`} mt={4}>
        {JSON.stringify(query ?? {}, null, 1)}
      </Code>
    </details>
  );
}

interface EvidenceProps {
  readonly e: number | null | undefined;
  readonly alarm: number | undefined;
  readonly guard: string;
}

/** Evidence on its way to the alarm, on the scale on which it grows; and the guard beside it. */
function Evidence({ e, alarm, guard }: EvidenceProps) {
  if (e === null || e === undefined || alarm === undefined)
    return guard ? <Text size="sm">{guard}</Text> : null;
  return (
    <div>
      <div className={styles.meter} data-over={e >= alarm || undefined} aria-hidden="true">
        <span style={{ width: `${String(towards(e, alarm) * 100)}%` }} />
      </div>
      <Text size="sm" c="dimmed" className={styles.numbers}>
        evidence {figure(e)}, alarm at {figure(alarm)}
        {guard && ` · ${guard}`}
      </Text>
    </div>
  );
}

function guardWords(metric: PlanMetric, timeline: Timeline | undefined): string {
  if (metric.kind === "value") return limitWords(metric);
  const guard = timeline?.bounds?.guards[metric.name];
  const times = metric.kind === "errors" || metric.kind === "latency" ? "\u00a0×" : "";
  return guard === undefined ? "" : `guard ${figure(guard)}${times}`;
}
