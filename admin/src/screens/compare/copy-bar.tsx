import { Button, Group, Select, Stack, Text } from "@mantine/core";
import { IconArrowNarrowRight } from "@tabler/icons-react";
import { useState } from "react";

import type { Schemas } from "@/api/client";
import { Empty } from "@/components/empty";
import { useEnvironments } from "@/components/environment-picker";
import { ProblemNotice } from "@/components/problem-notice";
import { DocumentLink } from "@/components/records/document-link";
import { AnchorLink } from "@/components/router-link";
import { Notice } from "@/components/tag";
import { count } from "@/text/numbers";

import { copies, nameOf, narrowed } from "./choice";
import styles from "./compare.module.css";
import { Matrix } from "./matrix";
import { useCopy, type Outcome } from "./use-copy";

interface CopyBarProps {
  readonly data: Schemas["EnvironmentComparison"];
  readonly q: string;
}

/** The differences, and the bar that copies what is picked of them. */
export function CopyBar({ data, q }: CopyBarProps) {
  const environments = useEnvironments();
  const keys = data.environments.map(({ key }) => key);
  const [from, setFrom] = useState(keys.at(-2) ?? "");
  const [to, setTo] = useState(keys.at(-1) ?? "");
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const copying = useCopy();
  const items = narrowed(data.items, q);
  const chosen = data.items.filter((item) => picked.has(nameOf(item)) && copies(item, from, to));
  const [source, target] = [from, to].map((key) => environments.find((each) => each.key === key));
  const pick = (names: readonly string[], on: boolean) => {
    const next = new Set(picked);
    names.forEach((name) => (on ? next.add(name) : next.delete(name)));
    setPicked(next);
  };
  const turn = (one: string, other: string) => {
    setFrom(one);
    setTo(one === other ? (keys.find((key) => key !== one) ?? "") : other);
  };
  const places = data.environments.map(({ key, name }) => ({ value: key, label: name ?? key }));
  return (
    <Stack gap="sm">
      {copying.outcome && <Copied outcome={copying.outcome} />}
      <Text size="sm" c="dimmed" role="status">
        {said(data.items.length, items.length)}
      </Text>
      {items.length ? (
        <Matrix
          environments={data.environments}
          items={items}
          picked={new Set(chosen.map(nameOf))}
          copyable={(item) => copies(item, from, to)}
          onPick={pick}
        />
      ) : (
        <Empty title={data.items.length ? "Nothing has that name" : "Nothing differs"}>
          {data.items.length
            ? "Look for another kind, key or name."
            : "Flags, segments and traffic splits are the same in all of these."}
        </Empty>
      )}
      {copying.error !== null && <ProblemNotice error={copying.error} />}
      <section className={`fs-card ${styles.copy ?? ""}`} aria-label="Copy">
        <Group gap="sm" align="flex-end">
          <Select
            label="Copy from"
            className={styles.place}
            data={places}
            value={from}
            allowDeselect={false}
            onChange={(key) => key && turn(key, to)}
          />
          <IconArrowNarrowRight size={20} aria-hidden="true" className={styles.arrow} />
          <Select
            label="To"
            className={styles.place}
            data={places.filter(({ value }) => value !== from)}
            value={to}
            allowDeselect={false}
            onChange={(key) => key && setTo(key)}
          />
          <Button
            disabled={!chosen.length || !source || !target}
            loading={copying.asking}
            onClick={() =>
              source &&
              target &&
              void copying.copy(source, target, chosen).then((done) => done && setPicked(new Set()))
            }
          >
            {chosen.length ? `Review ${count(chosen.length, "copy", "copies")}` : "Pick what to copy"}
          </Button>
        </Group>
      </section>
    </Stack>
  );
}

function Copied({ outcome: { to, revision, items } }: { readonly outcome: Outcome }) {
  return (
    <Notice tone="ok" role="status" title={`Copied: ${to.name ?? to.key} is at revision ${String(revision)}`}>
      <ul className={styles.results}>
        {items.map(({ item, said }) => (
          <li key={nameOf(item)}>
            <DocumentLink of={{ environment: to.key, kind: item.kind, key: item.key }} /> {said}
          </li>
        ))}
      </ul>
      <AnchorLink to="/history" search={{ env: to.key, revision }} underline="always" size="sm">
        What it changed, and the way back
      </AnchorLink>
    </Notice>
  );
}

function said(all: number, shown: number): string {
  if (shown < all) return `${String(shown)} of ${count(all, "document")}`;
  return count(all, "document");
}
