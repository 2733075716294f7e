import type { Schemas } from "@/api/client";
import type { ChartData, Marker } from "@/components/chart/model";
import { figure, measured, nounOf } from "@/text/measures";
import { clock } from "@/text/times";

type Timeline = Schemas["Timeline"];
type Point = Schemas["TimelinePoint"];
type Metric = Schemas["TimelineMetric"];

const BAD = new Set(["rollback", "abort", "trouble"]);
const WARN = new Set(["pause", "freeze", "interference", "share"]);

/** Every change with its number: the same one on every chart and in the list beside them. */
export function markersOf(timeline: Timeline): readonly Marker[] {
  return timeline.markers.map(({ at, kind, text, by }, index) => ({
    at: seconds(at),
    number: index + 1,
    text: by ? `${text} (${by})` : text,
    tone: BAD.has(kind) ? "bad" : WARN.has(kind) ? "warn" : undefined,
  }));
}

/** The candidate's share of one target in percent: what was told, what routers counted, what the metric saw. */
export function shareData(timeline: Timeline, target: string, judged: boolean): ChartData {
  const percents = (read: (point: Point) => number | null) =>
    timeline.points.map((point) => {
      const value = read(point);
      return value === null ? null : value / 1000;
    });
  const told = {
    label: "told",
    values: percents((point) => point.targets[target]?.weight ?? null),
    stepped: true,
  };
  const counted = percents((point) => point.targets[target]?.observed ?? null);
  const seen = percents((point) => (judged ? partOfEvents(point) : null));
  return {
    at: timeline.points.map(({ at }) => seconds(at)),
    series: [
      told,
      ...(known(counted) ? [{ label: "counted by routers", values: counted }] : []),
      ...(known(seen) ? [{ label: "judged events", values: seen }] : []),
    ],
    markers: markersOf(timeline),
  };
}

/** The candidate's part of the events of the first metric in the last window, in 1/100 000. */
function partOfEvents(point: Point): number | null {
  const window = point.metrics[0]?.window;
  const all = window ? window.baselineEvents + window.candidateEvents : 0;
  return window && all ? (window.candidateEvents / all) * 100_000 : null;
}

/** Both arms of a metric, window by window; moments without a window are left out. */
export function rateData(timeline: Timeline, metric: string): ChartData {
  const windows = timeline.points.flatMap((point) => {
    const window = named(point, metric)?.window;
    return window ? [{ at: seconds(point.at), window }] : [];
  });
  const limits = timeline.bounds?.limits[metric];
  const bounds = [
    { label: "at most", value: limits?.maximum },
    { label: "at least", value: limits?.minimum },
  ].flatMap(({ label, value }) =>
    value === null || value === undefined ? [] : [{ label: `${label} ${figure(value)}`, value }],
  );
  return {
    at: windows.map(({ at }) => at),
    series: [
      { label: "baseline", values: windows.map(({ window }) => window.baseline) },
      { label: "candidate", values: windows.map(({ window }) => window.candidate) },
    ],
    bounds,
    markers: markersOf(timeline),
  };
}

/** Evidence against the candidate: of all metrics together, and of each where there are several. */
export function evidenceData(timeline: Timeline): ChartData {
  const judged = timeline.points.filter(({ metrics }) => metrics.length > 0);
  const names = namesOf(timeline);
  const all = {
    label: names.length > 1 ? "all together" : (names[0] ?? "evidence"),
    values: judged.map(({ e }) => e),
  };
  const each = names.map((name) => ({
    label: name,
    values: judged.map((point) => named(point, name)?.e ?? null),
  }));
  return {
    at: judged.map(({ at }) => seconds(at)),
    series: names.length > 1 ? [all, ...each] : [all],
    bounds: timeline.bounds
      ? [{ label: `alarm at ${figure(timeline.bounds.alarm)}`, value: timeline.bounds.alarm }]
      : [],
    markers: markersOf(timeline),
  };
}

/** Names of the metrics that were ever judged, in the order of the plan. */
export function namesOf(timeline: Timeline): readonly string[] {
  return [...new Set(timeline.points.flatMap(({ metrics }) => metrics.map(({ metric }) => metric)))];
}

/** The last things said of one metric, oldest first, at most so many. */
export function lastWindows(timeline: Timeline, metric: string, most = 20): readonly Metric[] {
  return timeline.points
    .flatMap((point) => named(point, metric) ?? [])
    .filter(({ window }) => window)
    .slice(-most);
}

/** `Told 25 % since 12:03:04; routers count 24.8 %.` */
export function shareCaption(data: ChartData): string {
  const parts = data.series.map(({ label, values }) => {
    const last = values.findLast((value) => value !== null);
    return `${label}: ${typeof last === "number" ? `${figure(last)} %` : "nothing"}`;
  });
  return `Share of the candidate, latest values. ${sentenceCase(parts.join("; "))}.`;
}

/** `Error rate of candidate 0.31 %, of baseline 0.28 %, in the last window, until 12:03:04.` */
export function rateCaption(data: ChartData, kind: string): string {
  const at = data.at.at(-1);
  if (at === undefined) return "Nothing has been measured yet.";
  const [baseline, candidate] = data.series.map(({ values }) => measured(values.at(-1), kind));
  const noun = sentenceCase(nounOf(kind));
  return `${noun} of the candidate ${candidate ?? ""}, of the baseline ${baseline ?? ""}, in the window read at ${clock(at * 1000)}.`;
}

/** How far the evidence is from an alarm, in words. */
export function evidenceCaption(timeline: Timeline): string {
  const e = timeline.points.at(-1)?.e;
  const { alarm, alpha } = timeline.bounds ?? {};
  if (e === null || e === undefined || alarm === undefined || alpha === undefined)
    return "Nothing is judged yet.";
  const past = e >= alarm ? "beyond" : "below";
  return `Evidence that the candidate is worse: ${figure(e)}, ${past} the alarm at ${figure(alarm)}. A candidate that is not worse ever reaches it in at most ${figure(alpha * 100)} % of rollouts.`;
}

function named(point: Point, metric: string): Metric | undefined {
  return point.metrics.find((each) => each.metric === metric);
}

function known(values: readonly (number | null)[]): boolean {
  return values.some((value) => value !== null);
}

function seconds(at: string): number {
  return new Date(at).getTime() / 1000;
}

function sentenceCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
