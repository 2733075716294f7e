/** Parsers of search parameters: what is unknown or wrong is dropped, never an error. */
type Parser<T> = (raw: unknown) => T | undefined;
type Shape = Readonly<Record<string, Parser<unknown>>>;
type Parsed<S extends Shape> = { [K in keyof S]?: Exclude<ReturnType<S[K]>, undefined> };

export const text: Parser<string> = (raw) =>
  typeof raw === "string" || typeof raw === "number" ? String(raw) || undefined : undefined;

export const whole: Parser<number> = (raw) =>
  Number.isInteger(Number(raw)) && raw !== "" && raw !== null ? Number(raw) : undefined;

export const yes: Parser<boolean> = (raw) => (raw === true || raw === "true" ? true : undefined);

/** One of these words. */
export function oneOf<const T extends string>(...words: readonly T[]): Parser<T> {
  return (raw) => words.find((word) => word === raw);
}

/** The validator of a route: only these parameters, each parsed. */
export function search<S extends Shape>(shape: S): (raw: Record<string, unknown>) => Parsed<S> {
  return (raw) =>
    Object.fromEntries(
      Object.entries(shape)
        .map(([name, parse]) => [name, parse(raw[name])] as const)
        .filter(([, value]) => value !== undefined),
    ) as Parsed<S>;
}
