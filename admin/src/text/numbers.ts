const plain = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 2 });
const compact = new Intl.NumberFormat("en-GB", { notation: "compact", maximumFractionDigits: 1 });

/** `12 345`, `0.25`. */
export function number(value: number): string {
  return plain.format(value);
}

/** `12.3k`, `4.1M`: for cells where room is short. */
export function short(value: number): string {
  return compact.format(value);
}

/** `1 rule`, `3 rules`; `rules` where the plural is not the singular with an s. */
export function count(amount: number, one: string, many = `${one}s`): string {
  return `${number(amount)} ${amount === 1 ? one : many}`;
}

/** `a`, `a and b`, `a, b and c`; with a limit, `a, b and 7 more`. */
export function list(items: readonly string[], conjunction = "and", limit = Infinity): string {
  const shown =
    items.length > limit ? [...items.slice(0, limit), `${String(items.length - limit)} more`] : items;
  if (shown.length < 2) return shown[0] ?? "";
  return `${shown.slice(0, -1).join(", ")} ${conjunction} ${shown.at(-1) ?? ""}`;
}

const MIB_IN_GIB = 1024;
const tenths = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 1 });

/** A text that names sizes in MiB, with large ones in GiB: `31196 MiB free` is `30.5 GiB free`. */
export function sizes(text: string): string {
  return text.replace(/\b(\d+) MiB\b/g, (whole, mib: string) =>
    Number(mib) < MIB_IN_GIB ? whole : `${tenths.format(Number(mib) / MIB_IN_GIB)} GiB`,
  );
}
