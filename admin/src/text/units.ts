/** What a pasted text or a CSV file says about units. */
export interface Found {
  /** Each once, in their order. */
  readonly units: readonly string[];
  /** Those that stand there more than once. */
  readonly repeated: readonly string[];
  /** The first line, where it is a heading and no unit. */
  readonly heading: string | null;
  /** How many columns the widest line has; only the first one counts. */
  readonly columns: number;
}

const HEADINGS =
  /^(unit|units|id|ids|key|user|user[ _-]?id|uid|targeting[ _-]?key|email|e-mail|account|account[ _-]?id)$/i;

/**
 * Units in a text: one per line, of which the first column counts (CSV, with quotes; commas, semicolons or tabs); or, in
 * a single line, separated by those. Space around a unit is not part of it, and a heading is left out.
 */
export function unitsIn(text: string): Found {
  const rows = rowsOf(text.replace(/^\uFEFF/, "")).filter((row) => row.some((cell) => cell !== ""));
  const [first = []] = rows;
  const single = rows.length === 1;
  const heading = !single && HEADINGS.test(first[0] ?? "") ? (first[0] ?? null) : null;
  const named = single ? first : rows.slice(heading === null ? 0 : 1).map((row) => row[0] ?? "");
  const units = named.filter((unit) => unit !== "");
  return {
    units: [...new Set(units)],
    repeated: repeatedIn(units),
    heading,
    columns: single ? 1 : Math.max(0, ...rows.map((row) => row.length)),
  };
}

function repeatedIn(units: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  const repeated = new Set<string>();
  for (const unit of units) (seen.has(unit) ? repeated : seen).add(unit);
  return [...repeated];
}

const CELL = /("(?:[^"]|"")*"|[^,;\t\r\n]*)([,;\t]|\r?\n|$)/y;

/** Lines as cells, by RFC 4180, with any of three separators. */
function rowsOf(text: string): string[][] {
  const rows: string[][] = [[]];
  CELL.lastIndex = 0;
  while (CELL.lastIndex < text.length) {
    const at = CELL.lastIndex;
    const [, cell = "", end = ""] = CELL.exec(text) ?? [];
    if (CELL.lastIndex <= at) break;
    rows.at(-1)?.push(unquoted(cell));
    if (end.endsWith("\n")) rows.push([]);
  }
  return rows;
}

function unquoted(cell: string): string {
  const bare = cell.trim();
  return bare.startsWith('"') && bare.endsWith('"') && bare.length > 1
    ? bare.slice(1, -1).replaceAll('""', '"').trim()
    : bare;
}

/** What adding these units to a list would do. */
export interface Addition {
  readonly fresh: readonly string[];
  /** Listed already. */
  readonly known: readonly string[];
  /** Listed in the other list, which contradicts this one. */
  readonly opposed: readonly string[];
}

/** Which of the units are new to a list, known to it, or in the list that says the opposite. */
export function addition(
  units: readonly string[],
  listed: readonly string[],
  opposite: readonly string[],
): Addition {
  const [here, there] = [new Set(listed), new Set(opposite)];
  return {
    fresh: units.filter((unit) => !here.has(unit)),
    known: units.filter((unit) => here.has(unit)),
    opposed: units.filter((unit) => there.has(unit)),
  };
}
