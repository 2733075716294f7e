import { Anchor, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import type { Schemas } from "@/api/client";
import { bindingsQuery } from "@/api/traffic";
import { ProblemNotice } from "@/components/problem-notice";
import { seenOf, standingOf, type Binding } from "@/components/standing";
import { Tag } from "@/components/tag";
import { WeightsBar } from "@/components/weights-bar";
import { When } from "@/components/when";
import { count } from "@/text/numbers";
import { inOrder, WHOLE } from "@/text/weights";

import { matching } from "@/text/matching";
import styles from "./table.module.css";

type Split = Schemas["TrafficSplit"];

interface SplitTableProps {
  readonly environment: string;
  readonly splits: readonly Split[];
  readonly sought: string;
}

/** One row for each split: who gets what, and whether the edges do so. */
export function SplitTable({ environment, splits, sought }: SplitTableProps) {
  const bindings = useQuery(bindingsQuery(environment));
  const found = matching(splits, sought);
  if (!found.length) return <Text c="dimmed">No split matches “{sought}”.</Text>;
  return (
    <>
      {bindings.isError && <ProblemNotice error={bindings.error} onRetry={() => void bindings.refetch()} />}
      <table className={`fs-table fs-cards ${styles.table ?? ""}`}>
        <caption className="fs-hidden">Traffic splits in {environment}</caption>
        <thead>
          <tr>
            <th scope="col">Split</th>
            <th scope="col">State</th>
            <th scope="col">Who gets what</th>
            <th scope="col">Routers</th>
            <th scope="col">Changed</th>
          </tr>
        </thead>
        <tbody>
          {found.map((split) => (
            <Row
              key={split.key}
              environment={environment}
              split={split}
              bindings={bindings.data?.filter((binding) => binding.split === split.key)}
            />
          ))}
        </tbody>
      </table>
    </>
  );
}

interface RowProps {
  readonly environment: string;
  readonly split: Split;
  readonly bindings?: readonly Binding[];
}

function Row({ environment, split, bindings }: RowProps) {
  return (
    <tr>
      <td className={styles.name}>
        <div>
          <Anchor component={Link} to={`/splits/${environment}/${split.key}`} fw={600}>
            {split.name ?? split.key}
          </Anchor>
          <Text size="sm" c="dimmed" className="fs-mono">
            {split.key}
            {split.owner && ` · ${split.owner}`}
          </Text>
        </div>
      </td>
      <td data-label="State">
        {split.enabled ? <Tag tone="ok">on</Tag> : <Tag tone="warn">off: all to {split.stable}</Tag>}
      </td>
      <td data-label="Who gets what" className={styles.weights}>
        <div>
          <WeightsBar
            weights={inOrder(
              "split" in split.default ? split.default.split.weights : { [split.default.serve]: WHOLE },
              split.backends,
            )}
            legend
          />
          {split.rules.length + split.targets.length > 0 && (
            <Text size="sm" c="dimmed">
              before that {exceptions(split)}
            </Text>
          )}
        </div>
      </td>
      <td data-label="Routers">
        <Bindings bindings={bindings} />
      </td>
      <td data-label="Changed">
        <Text size="sm">
          <When at={split.changedAt} />
          <Text span c="dimmed" display="block" size="sm">
            {split.changedBy}
          </Text>
        </Text>
      </td>
    </tr>
  );
}

function exceptions({ rules, targets }: Split): string {
  const units = targets.reduce((total, target) => total + target.units.length, 0);
  return [rules.length && count(rules.length, "rule"), units && count(units, "listed unit")]
    .filter(Boolean)
    .join(" and ");
}

function Bindings({ bindings }: { readonly bindings?: readonly Binding[] }) {
  if (!bindings) return <Text c="dimmed">…</Text>;
  if (!bindings.length)
    return (
      <Text size="sm" c="dimmed">
        none is told; whoever asks is answered
      </Text>
    );
  return (
    <ul className={styles.bindings}>
      {bindings.map((binding) => {
        const { word, tone, meaning } = standingOf(binding);
        return (
          <li key={binding.key}>
            <span title={meaning}>
              <Tag tone={tone} dot>
                {word}
              </Tag>
            </span>{" "}
            <span className="fs-mono">{binding.key}</span>
            {binding.status?.routers.flatMap((router) =>
              seenOf(router.share).map((line) => (
                <Text key={router.name + line} size="sm" c="dimmed">
                  {binding.routers.length > 1 && `${router.name}: `}
                  {line}
                </Text>
              )),
            )}
          </li>
        );
      })}
    </ul>
  );
}
