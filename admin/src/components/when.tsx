import { useSyncExternalStore } from "react";

import { Ticking } from "@/components/ticking";
import { ago, moment, utc } from "@/text/times";

const clock = new Ticking();

/** The present moment in Unix milliseconds, once in a second, from one clock for all who ask. */
export function useNow(): number {
  return useSyncExternalStore(clock.subscribe, clock.now);
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
