import { Button, SegmentedControl, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import type { Schemas } from "@/api/client";
import { Async } from "@/components/async";
import { Empty } from "@/components/empty";
import { useNow, When } from "@/components/when";
import { number, short } from "@/text/numbers";
import { moment } from "@/text/times";
import { share } from "@/text/weights";

import { useScene } from "./context";
import { usageQuery } from "./queries";
import { snippets } from "./snippets";
import { UsageChart } from "./usage-chart";
import { bars, namesIn, type Bar } from "./usage-bars";

type Usage = Schemas["UsageItem"];

/** Who really asked for this flag here, hour by hour and variant by variant. */
export function Usage() {
  const { flag, environment } = useScene();
  const usage = useQuery(usageQuery(environment.key, flag.key));
  const example = snippets(flag, environment.key, window.location.origin)[0];
  return (
    <Async
      query={usage}
      isEmpty={(item) => !item?.uses}
      empty={
        <Empty title="Nobody has asked for it here yet" command={example?.text.trimEnd()}>
          Uses are counted by SDKs that report to this service, and by this service where it is asked itself.
          They arrive within about a minute.
        </Empty>
      }
    >
      {(item) => item && <Shown item={item} />}
    </Async>
  );
}

function Shown({ item }: { readonly item: Usage }) {
  const { flag } = useScene();
  const now = useNow();
  const [hours, setHours] = useState("24");
  const [table, setTable] = useState(false);
  const shown = bars(item.buckets ?? [], now, Number(hours));
  const names = namesIn(shown, Object.keys(flag.variants));
  const total = shown.reduce((sum, { total: uses }) => sum + uses, 0);
  return (
    <Stack gap="sm" className="fs-card">
      <div>
        <Text>
          <strong>{number(total)}</strong> evaluations in the last {hours} hours, the last one{" "}
          <When at={item.lastEvaluatedAt} />. {unitsSaid(item)}
        </Text>
      </div>
      <SegmentedControl
        size="sm"
        aria-label="Span"
        style={{ alignSelf: "flex-start" }}
        data={[
          { value: "24", label: "24 hours" },
          { value: "48", label: "2 days" },
          { value: "168", label: "7 days" },
        ]}
        value={hours}
        onChange={setHours}
      />
      <figure style={{ margin: 0 }}>
        <UsageChart bars={shown} names={names} />
        <Text component="figcaption" size="sm" c="dimmed" mt="xs">
          {caption(shown, names, total)}
        </Text>
      </figure>
      <Button
        size="compact-sm"
        variant="default"
        style={{ alignSelf: "flex-start" }}
        aria-expanded={table}
        onClick={() => setTable(!table)}
      >
        {table ? "Hide the table" : "Show as table"}
      </Button>
      {table && <Figures bars={shown} names={names} />}
    </Stack>
  );
}

function unitsSaid({ units }: Usage): string {
  if (!units) return "";
  const error = units.standardError ? ` (± ${share(units.standardError, 0)})` : "";
  return `About ${short(units.estimate)} different units${error}.`;
}

function caption(shown: readonly Bar[], names: readonly string[], total: number): string {
  if (!total) return "No evaluation in this span.";
  const parts = names.map((name) => {
    const uses = shown.reduce((sum, { variants }) => sum + (variants[name] ?? 0), 0);
    return `${name} ${share(uses / total)}`;
  });
  return `Evaluations per hour: ${parts.join(", ")}.`;
}

function Figures({
  bars: shown,
  names,
}: {
  readonly bars: readonly Bar[];
  readonly names: readonly string[];
}) {
  return (
    <table className="fs-table fs-cards">
      <thead>
        <tr>
          <th scope="col">Hour from</th>
          {names.map((name) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
          <th scope="col">Together</th>
        </tr>
      </thead>
      <tbody>
        {[...shown].reverse().map(({ start, variants, total }) => (
          <tr key={start}>
            <td data-label="Hour from">{moment(start)}</td>
            {names.map((name) => (
              <td key={name} data-label={name}>
                {number(variants[name] ?? 0)}
              </td>
            ))}
            <td data-label="Together">{number(total)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
