/** One line of a chart. Lines differ by colour, by dash and by their label. */
export interface Series {
  readonly label: string;
  /** One value for each moment; null where nothing is known. */
  readonly values: readonly (number | null)[];
  /** Holds its value until the next moment, as what was told does. */
  readonly stepped?: boolean;
}

/** A value that means something: a horizontal line with its name. */
export interface Bound {
  readonly label: string;
  readonly value: number;
}

/** Something that happened: a vertical line with its number, its words beside the chart. */
export interface Marker {
  /** Unix seconds. */
  readonly at: number;
  readonly number: number;
  readonly text: string;
  readonly tone?: "bad" | "warn";
}

/** What a chart shows; `at` is in Unix seconds, in order. */
export interface ChartData {
  readonly at: readonly number[];
  readonly series: readonly Series[];
  readonly bounds?: readonly Bound[];
  readonly markers?: readonly Marker[];
}

/** How values are drawn and said. */
export interface ChartScale {
  readonly format: (value: number) => string;
  readonly logarithmic?: boolean;
  /** What is drawn at least. */
  readonly least?: number;
  /** What lies beyond is drawn at the edge; a reading still says what it is. */
  readonly edges?: readonly [number, number];
}

/** The markers that belong to the moment of this index: after the one before, up to it. */
export function markersOf(data: ChartData, index: number): readonly Marker[] {
  const from = index ? (data.at[index - 1] ?? -Infinity) : -Infinity;
  const to = index === data.at.length - 1 ? Infinity : (data.at[index] ?? Infinity);
  return (data.markers ?? []).filter(({ at }) => at > from && at <= to);
}

/** What is read out at one moment: `12:03:04: candidate 0.31 %, baseline 0.28 %. Step 2 began.` */
export function reading(
  data: ChartData,
  index: number,
  scale: ChartScale,
  time: (at: number) => string,
): string {
  const at = data.at[index];
  if (at === undefined) return "nothing yet";
  const parts = data.series.map(
    ({ label, values }) => `${label} ${said(values[index] ?? null, scale.format)}`,
  );
  const words = markersOf(data, index).map(({ text }) => ` ${sentence(text)}`);
  return `${time(at)}: ${parts.join(", ")}.${words.join("")}`;
}

/** A value in words; `unknown` where there is none. */
export function said(value: number | null | undefined, format: (value: number) => string): string {
  return value === null || value === undefined ? "unknown" : format(value);
}

/** The index that a key leads to, or null for a key that leads nowhere. */
export function moved(key: string, index: number, length: number): number | null {
  const page = Math.max(1, Math.round(length / 10));
  const steps: Readonly<Record<string, number>> = {
    ArrowLeft: index - 1,
    ArrowRight: index + 1,
    PageUp: index - page,
    PageDown: index + page,
    Home: 0,
    End: length - 1,
  };
  const wanted = steps[key];
  return wanted === undefined || !length ? null : Math.min(Math.max(wanted, 0), length - 1);
}

/** The same points as a table: a row for each moment, with what happened then. */
export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export function tableOf(data: ChartData, scale: ChartScale, time: (at: number) => string): Table {
  const named = (data.markers ?? []).length > 0;
  const head = ["Time", ...data.series.map(({ label }) => label), ...(named ? ["What happened"] : [])];
  const rows = data.at.map((at, index) => [
    time(at),
    ...data.series.map(({ values }) => said(values[index] ?? null, scale.format)),
    ...(named
      ? [
          markersOf(data, index)
            .map(({ text }) => sentence(text))
            .join(" "),
        ]
      : []),
  ]);
  return { head, rows };
}

/** For a spreadsheet: cells apart by tabs, without what would tear them. */
export function copied({ head, rows }: Table): string {
  return [head, ...rows].map((row) => row.map((cell) => cell.replace(/\s+/g, " ")).join("\t")).join("\n");
}

/** Values as they are drawn: within the edges. */
export function drawn(values: readonly (number | null)[], scale: ChartScale): (number | null)[] {
  const edges = scale.edges;
  if (!edges) return [...values];
  return values.map((value) => (value === null ? null : Math.min(Math.max(value, edges[0]), edges[1])));
}

/** The range of the vertical axis: everything drawn, every bound, and a little room above. */
export function rangeOf(data: ChartData, scale: ChartScale): readonly [number, number] {
  const shown = [...data.series.flatMap(({ values }) => drawn(values, scale)), ...boundsOf(data, scale)];
  const known = shown.filter((value) => value !== null);
  const most = Math.max(scale.least ?? 0, ...known);
  if (!scale.logarithmic) return [0, (most || 1) * 1.08];
  const low = Math.min(1, ...known.filter((value) => value > 0));
  return [powerBelow(low), powerAbove(most * 2)];
}

function boundsOf(data: ChartData, scale: ChartScale): (number | null)[] {
  return drawn(
    (data.bounds ?? []).map(({ value }) => value),
    scale,
  );
}

function powerBelow(value: number): number {
  return 10 ** Math.floor(Math.log10(value));
}

function powerAbove(value: number): number {
  return 10 ** Math.ceil(Math.log10(Math.max(value, 10)));
}

function sentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
