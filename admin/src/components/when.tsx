import { Fragment, useSyncExternalStore } from "react";

import { Ticking } from "@/components/ticking";
import { ago, instants, moment, shortly, utc } from "@/text/times";

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

/** An exact time in the reader's zone; in UTC on hover. */
export function Exactly({ at }: { readonly at: string | number }) {
  return (
    <time dateTime={utc(at)} title={utc(at)}>
      {moment(at)}
    </time>
  );
}

/** What the service says, with every time in it turned into the reader's zone; as it was said on hover. */
export function Timed({ text }: { readonly text: string }) {
  const parts = instants(text);
  const today = Date.now();
  return parts.map((part, i) => (
    <Fragment key={`${String(i)} ${String(part)}`}>
      {typeof part === "string" ? (
        part
      ) : (
        <time dateTime={utc(part)} title={utc(part)}>
          {shortly(part, today)}
        </time>
      )}
    </Fragment>
  ));
}
