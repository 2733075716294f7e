import type { Fault } from "@/api/problem";

export type Faults = readonly Fault[];

/** The faults at this place and below it, with pointers from there. */
export function below(faults: Faults, place: string): Faults {
  return faults
    .filter(({ pointer }) => pointer === place || pointer.startsWith(`${place}/`))
    .map((fault) => ({ ...fault, pointer: fault.pointer.slice(place.length) }));
}

/** What is said of this place itself, or of it and everything below it; undefined for nothing. */
export function said(faults: Faults, place: string, deep = false): string | undefined {
  const found = deep ? below(faults, place) : faults.filter(({ pointer }) => pointer === place);
  return found.map(({ detail }) => detail).join(" ") || undefined;
}
