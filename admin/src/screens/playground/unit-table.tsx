import { Button, Group, TextInput, Title } from "@mantine/core";
import { IconDownload, IconSearch } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useId, useRef, useState } from "react";

import type { Schemas } from "@/api/client";
import { csv } from "@/text/csv";
import { number } from "@/text/numbers";

import { called } from "./counts";
import styles from "./unit-table.module.css";

type Item = Schemas["BatchItem"];

interface UnitTableProps {
  readonly title: string;
  readonly items: readonly Item[];
  /** The name of the file: what was asked. */
  readonly file: string;
  /** There is a draft: what it gives stands beside what they have. */
  readonly drafted?: boolean;
}

const ROW = 36;

/** What each unit gets; only the rows in sight are drawn, all of them can be downloaded. */
export function UnitTable({ title, items, file, drafted = false }: UnitTableProps) {
  const id = useId();
  const [sought, seek] = useState("");
  const word = sought.trim().toLowerCase();
  const shown = word
    ? items.filter(({ unit, variant }) => unit.toLowerCase().includes(word) || variant === word)
    : items;
  return (
    <section className="fs-card" aria-labelledby={id}>
      <Group justify="space-between" mb="sm" gap="sm">
        <Title order={2} id={id}>
          {title}
        </Title>
        <Group gap="xs">
          <TextInput
            type="search"
            size="xs"
            aria-label="Filter units"
            placeholder="Filter by unit or variant"
            leftSection={<IconSearch size={14} aria-hidden="true" />}
            value={sought}
            onChange={(event) => seek(event.currentTarget.value)}
          />
          <Button
            size="xs"
            variant="default"
            leftSection={<IconDownload size={14} aria-hidden="true" />}
            onClick={() => download(file, csvOf(items, drafted))}
          >
            Download CSV
          </Button>
        </Group>
      </Group>
      <Rows items={shown} drafted={drafted} />
    </section>
  );
}

function Rows({ items, drafted }: { readonly items: readonly Item[]; readonly drafted: boolean }) {
  const scroller = useRef<HTMLDivElement>(null);
  // eslint-disable-next-line react-hooks/incompatible-library -- nothing here is kept from one drawing to the next
  const rows = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 8,
  });
  const heads = drafted ? ["Unit", "Now", "With the draft", "Bucket"] : ["Unit", "Variant", "Why", "Bucket"];
  return (
    <div
      ref={scroller}
      className={styles.scroller}
      role="group"
      aria-label={`${number(items.length)} units`}
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls has to be reached by the keyboard
      tabIndex={0}
    >
      <div role="table" aria-label="Units" aria-rowcount={items.length + 1}>
        <div role="rowgroup">
          <div role="row" className={`${styles.row ?? ""} ${styles.head ?? ""}`}>
            {heads.map((head) => (
              <span key={head} role="columnheader">
                {head}
              </span>
            ))}
          </div>
        </div>
        <div role="rowgroup" className={styles.body} style={{ height: rows.getTotalSize() }}>
          {rows.getVirtualItems().map(({ index, start }) => {
            const item = items[index];
            return (
              item && (
                <div
                  key={item.unit}
                  role="row"
                  aria-rowindex={index + 2}
                  className={`${styles.row ?? ""} ${styles.drawn ?? ""}`}
                  style={{ transform: `translateY(${start}px)`, height: ROW }}
                >
                  <span role="cell" className={`fs-mono ${styles.unit ?? ""}`} title={item.unit}>
                    {item.unit}
                  </span>
                  <span role="cell">{called(item.variant)}</span>
                  <span role="cell">{drafted ? called(item.draftVariant) : whyOf(item)}</span>
                  <span role="cell">{item.bucket === null ? "none" : number(item.bucket)}</span>
                </div>
              )
            );
          })}
        </div>
      </div>
    </div>
  );
}

/** `split`, `rule dach`, `listed`, in the words of the API where there are none of ours. */
function whyOf({ reason, rule }: Item): string {
  if (rule === "target") return "listed";
  return rule ? `rule ${rule}` : reason.toLowerCase();
}

function csvOf(items: readonly Item[], drafted: boolean): string {
  const head = ["unit", "variant", "reason", "rule", "bucket", ...(drafted ? ["draftVariant"] : [])];
  const lines = items.map((item) => [
    item.unit,
    item.variant,
    item.reason,
    item.rule,
    item.bucket,
    ...(drafted ? [item.draftVariant] : []),
  ]);
  return csv([head, ...lines]);
}

function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser reads it after this turn.
  window.setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
