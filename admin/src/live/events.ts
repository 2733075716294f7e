import type { Topic } from "@/api/follows";

/** What the stream of changes says; see the API's documentation. */
export interface Hello {
  readonly heads: Readonly<Record<string, { readonly epoch: string; readonly revision: number }>>;
}

export interface Changed {
  readonly environment: string;
  readonly revision: number;
  readonly action: string;
  readonly actor: { readonly kind: string; readonly name: string };
  readonly at: string;
  readonly documents: readonly { readonly kind: string; readonly key: string }[];
}

export interface Moved {
  readonly environment: string;
  readonly key: string;
}

/** The kinds of queries that a change reaches beside those of its own documents. */
const ALWAYS = ["change", "matrix"] as const;

/** What a change means to those who follow something. */
export function topicsOfChange(change: Changed): readonly Topic[] {
  const { environment } = change;
  const documents = change.documents.map(({ kind, key }) => ({ kind, environment, key }));
  return [...documents, ...ALWAYS.map((kind) => ({ kind, environment }))];
}

/** What the movement of a rollout or binding means to those who follow something. */
export function topicsOfMove(kind: "rollout" | "binding", moved: Moved): readonly Topic[] {
  const matrix = kind === "rollout" ? [{ kind: "matrix", environment: moved.environment }] : [];
  return [{ kind: `${kind}-status`, environment: moved.environment, key: moved.key }, ...matrix];
}

/** Environments whose head is not the one that was known: what was missed while the stream was away. */
export function missed(known: Hello["heads"], now: Hello["heads"]): readonly string[] {
  return Object.keys({ ...known, ...now }).filter((name) => {
    const [was, is] = [known[name], now[name]];
    return was?.epoch !== is?.epoch || was?.revision !== is?.revision;
  });
}
