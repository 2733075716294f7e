/** The words before a colon that the search knows, and what each looks at. */
export const TOKENS = {
  env: "environment",
  state: "state there",
  owner: "owner",
  tag: "tag",
  type: "type of value",
  stale: "nobody seems to need it",
  expired: "past its expiry",
} as const;

export type TokenName = keyof typeof TOKENS;

/** `name:a,b`: one of these values; with `-` before it: none of them. */
export interface Token {
  readonly name: TokenName;
  readonly values: readonly string[];
  readonly not: boolean;
}

/** What a search says: every token holds, and every word is found somewhere. */
export interface Search {
  readonly tokens: readonly Token[];
  readonly words: readonly string[];
}

const PARTS = /(-?)([a-z]+):("[^"]*"?|\S*)|"([^"]*)"?|\S+/gi;

/** Reads `env:production state:on owner:"team a" -tag:old free text`; what it does not know is free text. */
export function parse(text: string): Search {
  const tokens: Token[] = [];
  const words: string[] = [];
  for (const part of text.matchAll(PARTS)) {
    const [whole, not, name = "", given = "", quoted] = part;
    const known = name.toLowerCase();
    if (isToken(known)) tokens.push({ name: known, values: valuesOf(given), not: not === "-" });
    else words.push((quoted ?? whole).toLowerCase());
  }
  // A token without a value is still being typed: it asks for nothing.
  return { tokens: tokens.filter(({ values }) => values.length), words: words.filter(Boolean) };
}

/** The values of these tokens that are wanted (not those that are not). */
export function wanted(search: Search, name: TokenName): readonly string[] {
  return search.tokens.filter((token) => token.name === name && !token.not).flatMap(({ values }) => values);
}

function isToken(name: string): name is TokenName {
  return Object.hasOwn(TOKENS, name);
}

function valuesOf(given: string): readonly string[] {
  if (given.startsWith('"')) return [given.replaceAll('"', "").toLowerCase()].filter(Boolean);
  return given.toLowerCase().split(",").filter(Boolean);
}

/** What can be chosen for each token in the flags at hand, the most frequent first. */
export type Facets = Readonly<Record<TokenName, readonly string[]>>;

/** One way to go on: what the field would hold, the part that is new, and what it means. */
export interface Suggestion {
  readonly text: string;
  readonly label: string;
  readonly hint: string;
}

const MOST = 8;

/** Ways to go on from the end of what was typed: names of tokens, or values after a colon. */
export function suggestions(text: string, facets: Facets): readonly Suggestion[] {
  const [, before = "", last = ""] = /^(.*?)((?:-?[a-z]+:)?(?:"[^"]*|\S*))$/is.exec(text) ?? [];
  const [, not = "", name = "", given = ""] = /^(-?)([a-z]+):"?(.*)$/is.exec(last) ?? [];
  const known = name.toLowerCase();
  if (isToken(known)) {
    return facets[known]
      .filter((value) => value.toLowerCase().startsWith(given.toLowerCase()) && value !== given)
      .slice(0, MOST)
      .map((value) => {
        const label = `${not}${known}:${value.includes(" ") ? `"${value}"` : value}`;
        return { text: `${before}${label} `, label, hint: "" };
      });
  }
  return Object.entries(TOKENS)
    .filter(([each]) => each.startsWith(last.toLowerCase().replace(/^-/, "")))
    .map(([each, hint]) => {
      const label = `${last.startsWith("-") ? "-" : ""}${each}:`;
      return { text: before + label, label, hint };
    });
}
