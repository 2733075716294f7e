import { useSyncExternalStore } from "react";

import { ago, moment, utc } from "@/text/times";

const listeners = new Set<() => void>();
let now = Date.now();
let timer = 0;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (!timer) timer = window.setInterval(tick, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size) return;
    window.clearInterval(timer);
    timer = 0;
  };
}

function tick(): void {
  now = Date.now();
  listeners.forEach((tell) => tell());
}

/** The present moment in Unix milliseconds, once in a second, from one clock for all who ask. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now);
}

/** A time relative to now; the exact one, in the reader's zone and in UTC, on hover. */
export function When({ at }: { readonly at: string | number | null | undefined }) {
  const present = useNow();
  if (at === null || at === undefined) return <>never</>;
  return (
    <time dateTime={utc(at)} title={`${moment(at)} (${utc(at)})`}>
      {ago(new Date(at).getTime(), present)}
    </time>
  );
}
