/** The colours that a canvas needs, read from the tokens: it inherits none. */
export interface Palette {
  readonly series: readonly string[];
  readonly ink: string;
  readonly grid: string;
  readonly bound: string;
  readonly bad: string;
  readonly warn: string;
  readonly marker: string;
  readonly card: string;
}

/** Lines are told apart without colour, too. */
export const DASHES: readonly (readonly number[])[] = [[], [8, 4], [2, 3], [10, 3, 2, 3], [5, 2], [1, 5]];

/** Reads the tokens as they are now. */
export function palette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string) => style.getPropertyValue(`--fs-${name}`).trim();
  return {
    series: [1, 2, 3, 4, 5, 6].map((number) => token(`series-${String(number)}`)),
    ink: token("quiet-ink"),
    grid: token("grid"),
    bound: token("bad-line"),
    bad: token("bad-line"),
    warn: token("warn-line"),
    marker: token("quiet-line"),
    card: token("card"),
  };
}

/** Calls back whenever the scheme changes; returns the way out. */
export function onScheme(listener: () => void): () => void {
  const watcher = new MutationObserver(listener);
  watcher.observe(document.documentElement, {
    attributes: true,
    attributeFilter: ["data-mantine-color-scheme"],
  });
  return () => watcher.disconnect();
}
