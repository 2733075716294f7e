import { useMemo } from "react";
import { Title } from "@mantine/core";

import type { ChartScale } from "@/components/chart/model";
import { TimeChart } from "@/components/chart/time-chart";
import { figure, measured, nounOf } from "@/text/measures";

import {
  evidenceCaption,
  evidenceData,
  namesOf,
  rateCaption,
  rateData,
  shareCaption,
  shareData,
} from "./chart-data";
import styles from "./rollout.module.css";
import type { PlanMetric, Status, Timeline } from "./queries";

const PERCENT: ChartScale = { format: (value) => `${figure(value)} %`, least: 10 };
/** Below a thousandth there is no evidence to speak of, far above the alarm nothing more to see. */
const EVIDENCE: ChartScale = { format: figure, logarithmic: true, edges: [1e-3, 1e6] };
const RATES: Readonly<Record<string, ChartScale>> = Object.fromEntries(
  ["errors", "latency", "mean", "ratio", "value"].map((kind) => [
    kind,
    { format: (value: number) => measured(value, kind) },
  ]),
);

interface ChartsProps {
  readonly timeline: Timeline;
  readonly status: Status;
  readonly metrics: readonly PlanMetric[];
}

/** Shares, rates and evidence over time, with every change marked by the same number on each. */
export function Charts({ timeline, status, metrics }: ChartsProps) {
  const names = namesOf(timeline);
  return (
    <section className="fs-card" aria-labelledby="over-time">
      <Title order={2} id="over-time" mb="sm">
        Over time
      </Title>
      <div className={styles.charts}>
        {status.targets.map((target, index) => (
          <ShareChart
            key={target.name}
            timeline={timeline}
            target={target.name}
            place={status.targets.length > 1 ? target.key : ""}
            judged={index === 0}
          />
        ))}
        {names.map((name) => (
          <RateChart
            key={name}
            timeline={timeline}
            metric={name}
            kind={metrics.find((each) => each.name === name)?.kind ?? "value"}
          />
        ))}
        {timeline.bounds && names.length > 0 && <EvidenceChart timeline={timeline} />}
      </div>
    </section>
  );
}

interface ShareChartProps {
  readonly timeline: Timeline;
  readonly target: string;
  readonly place: string;
  readonly judged: boolean;
}

function ShareChart({ timeline, target, place, judged }: ShareChartProps) {
  const data = useMemo(() => shareData(timeline, target, judged), [timeline, target, judged]);
  const title = `Share of the candidate${place ? `, ${place}` : ""}`;
  return <TimeChart title={title} caption={shareCaption(data)} data={data} scale={PERCENT} />;
}

interface RateChartProps {
  readonly timeline: Timeline;
  readonly metric: string;
  readonly kind: string;
}

function RateChart({ timeline, metric, kind }: RateChartProps) {
  const data = useMemo(() => rateData(timeline, metric), [timeline, metric]);
  const scale = RATES[kind] ?? EVIDENCE;
  const noun = capital(nounOf(kind));
  return (
    <TimeChart
      title={metric === kind ? noun : `${noun}: ${metric}`}
      caption={rateCaption(data, kind)}
      data={data}
      scale={scale}
    />
  );
}

function EvidenceChart({ timeline }: { readonly timeline: Timeline }) {
  const data = useMemo(() => evidenceData(timeline), [timeline]);
  return <TimeChart title="Evidence" caption={evidenceCaption(timeline)} data={data} scale={EVIDENCE} />;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
