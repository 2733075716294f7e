import "uplot/dist/uPlot.min.css";

import uPlot from "uplot";

import { drawn, rangeOf, type ChartData, type ChartScale } from "./model";
import { drawBounds, drawMarkers } from "./overlay";
import { DASHES, onScheme, palette, type Palette } from "./palette";

const FONT = '12px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';
const MARKER_ROOM = 20;
const LOGARITHMIC = { distr: 3, log: 10 } as const;

interface Held {
  data: ChartData;
  colours: Palette;
}

/** A canvas that shows chart data and takes new data without being made anew. */
export class Plot {
  private readonly held: Held;
  private readonly plot: uPlot;
  private readonly endings: (() => void)[] = [];

  constructor(
    element: HTMLElement,
    data: ChartData,
    private readonly scale: ChartScale,
    height: number,
    onCursor: (index: number | null) => void,
  ) {
    this.held = { data, colours: palette() };
    this.plot = new uPlot(
      this.options(element.clientWidth || 300, height, onCursor),
      this.aligned(),
      element,
    );
    const size = new ResizeObserver(() => {
      if (element.clientWidth) this.plot.setSize({ width: element.clientWidth, height });
    });
    size.observe(element);
    this.endings.push(
      () => size.disconnect(),
      onScheme(() => this.recolour()),
    );
  }

  /** Shows these points from now on. */
  show(data: ChartData): void {
    this.held.data = data;
    this.plot.setData(this.aligned());
  }

  /** Puts the cursor on a moment, as a pointer would. */
  point(index: number): void {
    const at = this.held.data.at[index];
    if (at !== undefined) this.plot.setCursor({ left: this.plot.valToPos(at, "x"), top: 0 }, false);
  }

  close(): void {
    this.endings.forEach((end) => end());
    this.plot.destroy();
  }

  private recolour(): void {
    this.held.colours = palette();
    this.plot.redraw(false, true);
  }

  private aligned(): uPlot.AlignedData {
    const { at, series } = this.held.data;
    return [[...at], ...series.map(({ values }) => drawn(values, this.scale))];
  }

  private options(width: number, height: number, onCursor: (index: number | null) => void): uPlot.Options {
    const { held, scale } = this;
    return {
      width,
      height,
      padding: [MARKER_ROOM, 26, 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
      scales: {
        x: { time: true, range: (_, low, high) => roomy(low, high) },
        y: { ...(scale.logarithmic && LOGARITHMIC), range: () => [...rangeOf(held.data, scale)] },
      },
      axes: this.axes(),
      series: [{}, ...held.data.series.map((_, index) => this.line(index))],
      hooks: {
        draw: [
          (plot) => drawBounds(plot, held.data.bounds ?? [], held.colours, FONT),
          (plot) => drawMarkers(plot, held.data.markers ?? [], held.colours, FONT),
        ],
        setCursor: [(plot) => onCursor(plot.cursor.idx ?? null)],
      },
    };
  }

  private axes(): uPlot.Axis[] {
    const { held, scale } = this;
    const common: uPlot.Axis = {
      font: FONT,
      stroke: () => held.colours.ink,
      grid: { stroke: () => held.colours.grid, width: 1 },
      ticks: { stroke: () => held.colours.grid, width: 1, size: 4 },
    };
    const words = (value: number | null) => (value === null ? "" : scale.format(value));
    return [
      { ...common, size: 30, space: 70, grid: { show: false }, values: (_, moments) => moments.map(hours) },
      {
        ...common,
        size: 62,
        grid: {
          ...common.grid,
          filter: (_, splits) => (scale.logarithmic ? splits.map(wholePower) : splits),
        },
        space: 34,
        values: (_, splits: (number | null)[]) => splits.map(words),
        filter: (_, splits) => (scale.logarithmic ? splits.map(wholePower) : splits),
      },
    ];
  }

  private line(index: number): uPlot.Series {
    const given = this.held.data.series[index];
    const dash = [...(DASHES[index % DASHES.length] ?? [])];
    const stepped = uPlot.paths.stepped?.({ align: 1 });
    return {
      label: given?.label,
      stroke: () => this.held.colours.series[index % this.held.colours.series.length] ?? "",
      width: 2,
      dash,
      spanGaps: true,
      points: { show: false },
      ...(given?.stepped && stepped ? { paths: stepped } : {}),
    };
  }
}

/** A single moment still has a minute around it. */
function roomy(low: number, high: number): uPlot.Range.MinMax {
  return high - low < 1 ? [low - 30, high + 30] : [low, high];
}

function wholePower(value: number): number | null {
  const power = Math.log10(value);
  return Math.abs(power - Math.round(power)) < 1e-9 ? value : null;
}

const short = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const exact = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
});

function hours(at: number, _: number, all: readonly number[]): string {
  const gap = (all[1] ?? at) - (all[0] ?? at);
  const format = gap > 0 && gap < 60 ? exact : (all.at(-1) ?? at) - (all[0] ?? at) > 86_400 ? day : short;
  return format.format(new Date(at * 1000));
}
