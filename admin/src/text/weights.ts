/** Weights are integers in 1/100 000 (one bucket); people read and write percent with up to three decimals. */
export const WHOLE = 100_000;

/** `25000` → `25 %`; as many decimals as the weight has, at most three. */
export function percent(weight: number): string {
  return `${trimmed(weight / 1000, 3)} %`;
}

/** A share of 0…1, as measured: `0.2463` → `24.6 %`. `digits` after the point. */
export function share(value: number | null | undefined, digits = 1): string {
  return value === null || value === undefined ? "unknown" : `${(value * 100).toFixed(digits)} %`;
}

/** What a person typed as percent, as a weight; `null` for what is no share with at most three decimals. */
export function weightOf(text: string): number | null {
  const plain = text.trim().replace(/\s*%$/, "").replace(",", ".");
  if (!/^\d{1,3}(\.\d{1,3})?$/.test(plain)) return null;
  const weight = Math.round(Number(plain) * 1000);
  return weight <= WHOLE ? weight : null;
}

export type Weights = Readonly<Record<string, number>>;

/** The same weights in the order of these names; what has none there comes last. */
export function inOrder(weights: Weights, names: readonly string[]): Weights {
  const first = names.filter((name) => name in weights).map((name) => [name, weights[name] ?? 0] as const);
  return { ...Object.fromEntries(first), ...pick(weights, without(weights, names)) };
}

function without(weights: Weights, names: readonly string[]): readonly string[] {
  return Object.keys(weights).filter((name) => !names.includes(name));
}

/** What all weights make together. */
export function sum(weights: Weights): number {
  return Object.values(weights).reduce((total, weight) => total + weight, 0);
}

/** The same share for everybody, to the bucket: the first ones get what is left over. */
export function evenly(names: readonly string[], locked: Weights = {}): Weights {
  const open = names.filter((name) => !(name in locked));
  const rest = Math.max(0, WHOLE - sum(locked));
  const each = Math.floor(rest / Math.max(1, open.length));
  const extra = rest - each * open.length;
  return Object.fromEntries(
    names.map((name) => [name, locked[name] ?? each + (open.indexOf(name) < extra ? 1 : 0)]),
  );
}

/**
 * Gives `name` this weight and takes the difference from the others that are not locked, in proportion to what they
 * have, so that the sum stays whole. What the others cannot give or take, `name` cannot have.
 */
export function moved(
  weights: Weights,
  name: string,
  wanted: number,
  locked: readonly string[] = [],
): Weights {
  const others = Object.keys(weights).filter((other) => other !== name && !locked.includes(other));
  const fixed = sum(weights) - sum(pick(weights, others)) - (weights[name] ?? 0);
  if (!others.length) return weights;
  const weight = Math.min(Math.max(0, wanted), WHOLE - fixed);
  const rest = WHOLE - fixed - weight;
  return { ...weights, [name]: weight, ...proportioned(pick(weights, others), rest) };
}

/** Largest remainder: integers that add up to `total`, in proportion to `weights` (evenly when all are nought). */
export function proportioned(weights: Weights, total: number): Weights {
  const names = Object.keys(weights);
  const whole = sum(weights);
  const exact = names.map((name) => (whole ? ((weights[name] ?? 0) * total) / whole : total / names.length));
  const floors = exact.map(Math.floor);
  const left = total - floors.reduce((a, b) => a + b, 0);
  const order = names.map((_, i) => i).sort((a, b) => remainder(exact, b) - remainder(exact, a) || a - b);
  for (const i of order.slice(0, left)) floors[i] = (floors[i] ?? 0) + 1;
  return Object.fromEntries(names.map((name, i) => [name, floors[i] ?? 0]));
}

function remainder(exact: readonly number[], i: number): number {
  const value = exact[i] ?? 0;
  return value - Math.floor(value);
}

function pick(weights: Weights, names: readonly string[]): Weights {
  return Object.fromEntries(names.map((name) => [name, weights[name] ?? 0]));
}

function trimmed(value: number, digits: number): string {
  return value.toFixed(digits).replace(/\.?0+$/, "");
}
