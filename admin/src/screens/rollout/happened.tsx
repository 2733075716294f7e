import { Button, Title } from "@mantine/core";
import { useState } from "react";

import { count } from "@/text/numbers";
import { clock, utc } from "@/text/times";

import { markersOf } from "./chart-data";
import styles from "./rollout.module.css";
import type { Timeline } from "./queries";

const FEW = 8;

/** The numbers of the charts in words: every change, the newest first. */
export function Happened({ timeline }: { readonly timeline: Timeline }) {
  const [all, setAll] = useState(false);
  const markers = [...markersOf(timeline)].reverse();
  if (!markers.length) return null;
  const shown = all ? markers : markers.slice(0, FEW);
  return (
    <section className="fs-card" aria-labelledby="happened">
      <Title order={2} id="happened" mb="xs">
        What happened
      </Title>
      <ul className={styles.happened}>
        {shown.map(({ number, at, text, tone }) => (
          <li key={number} data-tone={tone}>
            <span className={styles.markerNumber}>{number}</span>
            <time dateTime={utc(at * 1000)} title={utc(at * 1000)}>
              {clock(at * 1000)}
            </time>
            <Words text={text} />
          </li>
        ))}
      </ul>
      {markers.length > FEW && (
        <Button variant="subtle" size="compact-sm" onClick={() => setAll(!all)} aria-expanded={all}>
          {all ? "Show the latest only" : `Show all ${count(markers.length, "change")}`}
        </Button>
      )}
    </section>
  );
}

/** What happened, and below it the grounds. */
function Words({ text }: { readonly text: string }) {
  const [head = "", ...rest] = text.split(": ");
  return (
    <span>
      {capital(head)}
      {rest.length > 0 && <span className={styles.happenedDetail}>{rest.join(": ")}</span>}
    </span>
  );
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
