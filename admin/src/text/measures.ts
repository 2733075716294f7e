/** What a metric measures, as far as writing its values goes. */
export type MetricKind = "errors" | "latency" | "mean" | "ratio" | "value";

const plain = new Intl.NumberFormat("en-GB", { maximumSignificantDigits: 3 });

/** `0.31 %`, `12 %`; a share of 0…1 with three digits that count. */
export function rate(share: number): string {
  return `${plain.format(share * 100)} %`;
}

/** A number with three digits that count; very large and very small ones by their power. */
export function figure(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e6 || size < 1e-3)) return value.toExponential(1).replace("e+", "e");
  return plain.format(value);
}

/** A value of a metric of this kind: shares of events as percent, anything else as a number. */
export function measured(value: number | null | undefined, kind: string): string {
  if (value === null || value === undefined) return "unknown";
  return kind === "errors" || kind === "latency" ? rate(value) : figure(value);
}

const NOUNS: Readonly<Record<string, string>> = {
  errors: "error rate",
  latency: "share of slow events",
  mean: "mean",
  ratio: "ratio",
  value: "value",
};

/** What values of this kind are called. */
export function nounOf(kind: string): string {
  return NOUNS[kind] ?? kind;
}

/** How much of the way to an alarm evidence is, from 0 to 1, on the scale on which it grows. */
export function towards(e: number, alarm: number): number {
  if (e <= 1 || alarm <= 1) return 0;
  return Math.min(1, Math.log(e) / Math.log(alarm));
}
