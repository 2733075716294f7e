import { Group, Switch, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { configurationQuery } from "@/api/queries";
import { Async } from "@/components/async";
import { EnvironmentName, type Environment } from "@/components/environment";
import { Tag } from "@/components/tag";
import { count } from "@/text/numbers";

import { compared, drawnAlike, type Row } from "./compare-rows";
import { useScene } from "./context";
import { decisionsOf } from "./draft";
import styles from "./flag.module.css";

/** This environment beside another one, as both are saved. */
export function Compare({ against }: { readonly against: Environment }) {
  const { flag, configuration, environment } = useScene();
  const other = useQuery(configurationQuery(against.key, flag.key));
  const [all, setAll] = useState(true);
  return (
    <Async query={other} lines={6}>
      {(data) => {
        const sides = [decisionsOf(configuration), decisionsOf(data)] as const;
        const rows = compared(...sides);
        const differing = rows.filter(({ differs }) => differs);
        return (
          <section className="fs-card" aria-label={`${environment.key} beside ${against.key}`}>
            <Group justify="space-between" mb="xs">
              <Text size="sm" role="status">
                {summary(differing.length, drawnAlike(...sides))}
              </Text>
              <Switch
                label="Show what is the same"
                checked={all}
                onChange={(event) => setAll(event.currentTarget.checked)}
              />
            </Group>
            <Table rows={all ? rows : differing} left={environment} right={against} />
          </section>
        );
      }}
    </Async>
  );
}

function summary(differing: number, alike: boolean): string {
  if (differing) return `${count(differing, "difference")}.`;
  return alike
    ? "Both decide the same."
    : "Both say the same, but they draw units apart: salts or tables differ, so one unit need not get the same in both.";
}

interface TableProps {
  readonly rows: readonly Row[];
  readonly left: Environment;
  readonly right: Environment;
}

function Table({ rows, left, right }: TableProps) {
  return (
    <table className={`fs-table fs-cards ${styles.beside ?? ""}`}>
      <thead>
        <tr>
          <th scope="col">What</th>
          <th scope="col">
            <EnvironmentName environment={left} />
          </th>
          <th scope="col">
            <EnvironmentName environment={right} />
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ label, left: a, right: b, differs }) => (
          <tr key={label} className={differs ? styles.differs : undefined}>
            <th scope="row">
              {label} {differs && <Tag tone="warn">differs</Tag>}
            </th>
            <td data-label={left.name ?? left.key}>{a ?? <Nothing />}</td>
            <td data-label={right.name ?? right.key}>{b ?? <Nothing />}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Nothing() {
  return (
    <Text span c="dimmed">
      not there
    </Text>
  );
}
