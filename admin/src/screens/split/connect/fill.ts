import type { Facts } from "./facts";

/** One place of an example: a text that has to stand there, and what stands there for this split. */
export type Edit = readonly [found: string, put: string | ((facts: Facts) => string)];

/**
 * The example with every place filled in, all at once, so that nothing put in is taken for a place. A place that is not
 * there is an error: the example has changed.
 */
export function filled(example: string, edits: readonly Edit[], facts: Facts): string {
  const puts = new Map(edits);
  const missing = [...puts.keys()].find((found) => !example.includes(found));
  if (missing !== undefined) throw new Error(`The example has no ${JSON.stringify(missing)}.`);
  if (!puts.size) return example;
  const places = [...puts.keys()].sort((a, b) => b.length - a.length).map(escaped);
  return example.replace(new RegExp(places.join("|"), "g"), (found) => {
    const put = puts.get(found) ?? found;
    return typeof put === "string" ? put : put(facts);
  });
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** A piece about the backend `canary` (at port 9002), once for each backend but the stable one. */
export function each(piece: string, name: (backend: string) => string = plain, between = ""): Edit {
  return [
    piece,
    ({ others }) =>
      others
        .map((backend, i) => piece.replaceAll("canary", name(backend)).replaceAll("9002", String(9002 + i)))
        .join(between),
  ];
}

/** A piece about the backend `stable`, with its own name. */
export function stable(piece: string, name: (backend: string) => string = plain): Edit {
  return [piece, (facts) => piece.replaceAll("stable", name(facts.stable))];
}

export const plain = (backend: string): string => backend;

/** A backend's name in YAML: quoted where YAML would read it as something else than a text. */
export function yaml(name: string): string {
  const word = /^[A-Za-z][A-Za-z0-9_-]*$/.test(name) && !/^(y|n|yes|no|on|off|true|false|null)$/i.test(name);
  return word ? name : JSON.stringify(name);
}

/** The split's key as the name of a variable. */
export function variable(key: string): string {
  const name = key.replace(/[^A-Za-z0-9_]/g, "_");
  return /^[A-Za-z_]/.test(name) ? name : `split_${name}`;
}

/** Host and port as configurations write them. */
export function address({ host, port }: Facts): string {
  return `${host}:${port}`;
}

/** Something about every backend, the stable one first. */
export function all(
  { stable: first, others }: Facts,
  say: (name: string) => string,
  between: string,
): string {
  return [first, ...others].map(say).join(between);
}
