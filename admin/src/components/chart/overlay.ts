import type uPlot from "uplot";

import type { Bound, Marker } from "./model";
import type { Palette } from "./palette";

const LABEL_ROOM = 22;
const MOST_LABELS = 40;

/** Draws each bound as a line across, its name above its right end. */
export function drawBounds(plot: uPlot, bounds: readonly Bound[], colours: Palette, font: string): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.font = scaled(font, ratio);
  for (const { value, label } of bounds) {
    const y = Math.round(plot.valToPos(value, "y", true));
    if (!Number.isFinite(y) || y < bbox.top || y > bbox.top + bbox.height) continue;
    line(ctx, colours.bound, [6 * ratio, 4 * ratio], ratio * 1.5, [bbox.left, y, bbox.left + bbox.width, y]);
    ctx.textAlign = "right";
    ctx.textBaseline = y - bbox.top > 16 * ratio ? "bottom" : "top";
    halo(ctx, label, bbox.left + bbox.width - 4 * ratio, y - 2 * ratio, colours.bound, colours.card, ratio);
  }
  ctx.restore();
}

/** Draws each marker as a line down with its number at the top; numbers that would overlap are left out. */
export function drawMarkers(plot: uPlot, markers: readonly Marker[], colours: Palette, font: string): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.font = scaled(font, ratio);
  ctx.textAlign = "center";
  ctx.textBaseline = "bottom";
  let free = -Infinity;
  for (const { at, number, tone } of markers) {
    const x = Math.round(plot.valToPos(at, "x", true));
    if (!Number.isFinite(x) || x < bbox.left || x > bbox.left + bbox.width) continue;
    const colour = tone ? colours[tone] : colours.marker;
    line(ctx, colour, tone ? [] : [2 * ratio, 3 * ratio], ratio, [x, bbox.top, x, bbox.top + bbox.height]);
    if (x < free || markers.length > MOST_LABELS) continue;
    ctx.fillStyle = tone ? colour : colours.ink;
    ctx.fillText(String(number), x, bbox.top - 3 * ratio);
    free = x + LABEL_ROOM * ratio;
  }
  ctx.restore();
}

type Ends = readonly [number, number, number, number];

function line(
  ctx: CanvasRenderingContext2D,
  colour: string,
  dash: readonly number[],
  width: number,
  [x0, y0, x1, y1]: Ends,
): void {
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.setLineDash([...dash]);
  ctx.beginPath();
  ctx.moveTo(x0, y0);
  ctx.lineTo(x1, y1);
  ctx.stroke();
}

/** Text that stays legible above lines. */
function halo(
  ctx: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
  colour: string,
  ground: string,
  ratio: number,
): void {
  ctx.setLineDash([]);
  ctx.lineWidth = 4 * ratio;
  ctx.strokeStyle = ground;
  ctx.strokeText(text, x, y);
  ctx.fillStyle = colour;
  ctx.fillText(text, x, y);
}

function scaled(font: string, ratio: number): string {
  return font.replace(/^(\d+)px/, (_, size: string) => `${String(Number(size) * ratio)}px`);
}
