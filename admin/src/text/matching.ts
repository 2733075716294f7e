interface Described {
  readonly key: string;
  readonly name?: string | null;
  readonly owner?: string | null;
  readonly backends?: readonly string[];
  readonly tags?: readonly string[];
}

/** Those in which every word that is sought stands: in key, name, owner, a tag or the name of a backend. */
export function matching<T extends Described>(documents: readonly T[], sought: string): readonly T[] {
  const words = sought.toLowerCase().split(/\s+/).filter(Boolean);
  return documents.filter(({ key, name, owner, backends = [], tags = [] }) => {
    const text = [key, name, owner, ...backends, ...tags].join(" ").toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
