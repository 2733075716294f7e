/** How well `wanted` is found in `text`, both in lower case: higher is better, 0 is not at all. */
export function score(text: string, wanted: string): number {
  if (!wanted) return 1;
  const at = text.indexOf(wanted);
  if (at >= 0)
    return (
      1000 - Math.min(400, at * 4) + (at === 0 || BREAK.test(text[at - 1] ?? "") ? 500 : 0) - slack(text)
    );
  return scattered(text, wanted);
}

const BREAK = /[\s\-_.:/]/;
const MOST_SLACK = 100;

function slack(text: string): number {
  return Math.min(MOST_SLACK, text.length);
}

/** Letters in order with gaps: `cov2` in `checkout-v2`. Each gap costs, a letter that begins a word does not. */
function scattered(text: string, wanted: string): number {
  let found = 300 - slack(text);
  let from = 0;
  for (const letter of wanted) {
    const at = text.indexOf(letter, from);
    if (at < 0) return 0;
    if (at > from && !BREAK.test(text[at - 1] ?? "")) found -= 80;
    from = at + 1;
  }
  return Math.max(0, found);
}

/** Every word has to be found somewhere, in any order; the sum of how well. */
export function scoreAll(text: string, words: readonly string[]): number {
  let total = 1;
  for (const word of words) {
    const one = score(text, word);
    if (!one) return 0;
    total += one;
  }
  return total;
}

interface Ranked {
  /** In lower case. */
  readonly haystack: string;
  /** Added to what is found: what is wanted more often. */
  readonly bonus?: number;
}

/** The best of them, at most `most`, the order kept among equals. */
export function best<T extends Ranked>(items: readonly T[], wanted: string, most: number): readonly T[] {
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  return items
    .map((item) => ({ item, found: scoreAll(item.haystack, words) }))
    .filter(({ found }) => found > 0)
    .sort((a, b) => b.found + (b.item.bonus ?? 0) - (a.found + (a.item.bonus ?? 0)))
    .slice(0, most)
    .map(({ item }) => item);
}
