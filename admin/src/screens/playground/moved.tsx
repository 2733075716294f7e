import { SegmentedControl, Text, Title } from "@mantine/core";
import { useId, useState } from "react";

import { count, number } from "@/text/numbers";
import { share } from "@/text/weights";

import type { Subject } from "./commands";
import { called } from "./counts";
import styles from "./distribution.module.css";
import type { Batch } from "./queries";
import { UnitTable } from "./unit-table";

interface MovedProps {
  readonly answer: Batch;
  readonly subject: Subject;
}

/** Who would change sides, from what to what, and how many would get each variant. */
export function Moved({ answer, subject }: MovedProps) {
  const id = useId();
  const [shown, show] = useState<"moved" | "all">("moved");
  const { draft, units, items } = answer;
  if (!draft) return null;
  const moved = (items ?? []).filter((item) => item.variant !== item.draftVariant);
  return (
    <>
      <section className="fs-card" aria-labelledby={id}>
        <div role="status">
          <Title order={2} id={id} mb="sm">
            {headline(draft.moved, units)}
          </Title>
        </div>
        {draft.moves.length > 0 && (
          <table className="fs-table fs-cards">
            <thead>
              <tr>
                <th scope="col">From</th>
                <th scope="col">To</th>
                <th scope="col">Units</th>
                <th scope="col">Share of all</th>
              </tr>
            </thead>
            <tbody>
              {draft.moves.map((move) => (
                <tr key={`${move.from}→${move.to}`}>
                  <td data-label="From">{called(move.from)}</td>
                  <td data-label="To">
                    <b>{called(move.to)}</b>
                  </td>
                  <td data-label="Units">{number(move.units)}</td>
                  <td data-label="Share of all">{share(move.units / units)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        <Counts answer={answer} />
      </section>
      {items && (
        <>
          <SegmentedControl
            aria-label="Which units"
            data={[
              { value: "moved", label: `Who would change (${number(moved.length)})` },
              { value: "all", label: `All (${number(items.length)})` },
            ]}
            value={shown}
            onChange={(value) => show(value)}
          />
          <UnitTable
            title={shown === "moved" ? "Who would change" : "Each unit"}
            items={shown === "moved" ? moved : items}
            file={`draft-of-${subject.key}.csv`}
            drafted
          />
        </>
      )}
    </>
  );
}

/** `Nobody of 1,000 units would change`, `152 of 1,000 units (15.2 %) would change`. */
export function headline(moved: number, units: number): string {
  if (!moved) return `Nobody of ${count(units, "unit")} would change`;
  return `${number(moved)} of ${count(units, "unit")} (${share(moved / units)}) would change`;
}

function Counts({ answer: { counts, draft } }: { readonly answer: Batch }) {
  const names = [...new Set([...Object.keys(counts), ...Object.keys(draft?.counts ?? {})])].sort();
  return (
    <Text size="sm" c="dimmed" mt="sm" className={styles.after}>
      {names
        .map((name) => `${called(name)}: ${number(counts[name] ?? 0)} → ${number(draft?.counts[name] ?? 0)}`)
        .join(" · ")}
    </Text>
  );
}
