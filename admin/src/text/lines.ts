/** One line of a text that is compared with another: kept, gone or new. */
export interface TextLine {
  readonly sign: " " | "-" | "+";
  readonly text: string;
}

const MOST = 4_000_000; // cells of the table of common lines: beyond it the middle is simply taken as replaced

/** JSON with its names in order and one member a line: equal values are equal texts. */
export function canonicalText(of: unknown): string {
  return JSON.stringify(sorted(of), null, 2);
}

/**
 * The lines of both texts in one list: as many as possible kept, what goes before what comes. Follows from the longest
 * common subsequence (Hunt and McIlroy 1976), after both equal ends are cut off.
 */
export function lineDifference(before: string, after: string): readonly TextLine[] {
  const [was, is] = [before.split("\n"), after.split("\n")];
  const head = commonHead(was, is);
  const tail = commonTail(was.slice(head), is.slice(head));
  const middle = between(was.slice(head, was.length - tail), is.slice(head, is.length - tail));
  return [...was.slice(0, head).map(kept), ...middle, ...was.slice(was.length - tail).map(kept)];
}

/** Runs of lines that are worth showing: what changed with `around` lines on each side; `null` for what is left out. */
export function hunks(lines: readonly TextLine[], around = 3): readonly (TextLine | null)[] {
  const near = new Set<number>();
  lines.forEach(({ sign }, i) => {
    if (sign === " ") return;
    for (let j = i - around; j <= i + around; j++) near.add(j);
  });
  const shown: (TextLine | null)[] = [];
  lines.forEach((line, i) => {
    if (near.has(i)) shown.push(line);
    else if (shown.at(-1) !== null) shown.push(null);
  });
  return shown;
}

function sorted(of: unknown): unknown {
  if (Array.isArray(of)) return of.map(sorted);
  if (of === null || typeof of !== "object") return of;
  const members = Object.entries(of).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([name, held]) => [name, sorted(held)]));
}

function commonHead(a: readonly string[], b: readonly string[]): number {
  let n = 0;
  while (n < a.length && n < b.length && a[n] === b[n]) n++;
  return n;
}

function commonTail(a: readonly string[], b: readonly string[]): number {
  let n = 0;
  while (n < a.length && n < b.length && a[a.length - 1 - n] === b[b.length - 1 - n]) n++;
  return n;
}

function between(was: readonly string[], is: readonly string[]): readonly TextLine[] {
  if (was.length * is.length > MOST) return [...was.map(gone), ...is.map(added)];
  const common = commonTable(was, is);
  const width = is.length + 1;
  const found: TextLine[] = [];
  let [i, j] = [0, 0];
  while (i < was.length || j < is.length) {
    const [old, now] = [was[i], is[j]];
    if (old !== undefined && old === now) {
      found.push(kept(old));
      [i, j] = [i + 1, j + 1];
    } else if (
      old !== undefined &&
      (now === undefined || (common[(i + 1) * width + j] ?? 0) >= (common[i * width + j + 1] ?? 0))
    ) {
      found.push(gone(old));
      i++;
    } else {
      found.push(added(now ?? ""));
      j++;
    }
  }
  return found;
}

/** How many lines are common from (i, j) on, row by row. */
function commonTable(was: readonly string[], is: readonly string[]): Uint32Array {
  const width = is.length + 1;
  const table = new Uint32Array((was.length + 1) * width);
  for (let i = was.length - 1; i >= 0; i--)
    for (let j = is.length - 1; j >= 0; j--)
      table[i * width + j] =
        was[i] === is[j]
          ? (table[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(table[(i + 1) * width + j] ?? 0, table[i * width + j + 1] ?? 0);
  return table;
}

const kept = (text: string): TextLine => ({ sign: " ", text });
const gone = (text: string): TextLine => ({ sign: "-", text });
const added = (text: string): TextLine => ({ sign: "+", text });
