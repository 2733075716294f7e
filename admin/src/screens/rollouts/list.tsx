import { Anchor, Button, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useId, useState } from "react";

import { EnvironmentName } from "@/components/environment";
import { useEnvironments } from "@/components/environment-picker";
import { PhaseTag, VerdictTag } from "@/components/rollout/phase-tag";
import { strategyName } from "@/components/rollout/phases";
import { Timed, When } from "@/components/when";
import { count, number } from "@/text/numbers";
import { duration } from "@/text/times";
import { percent, WHOLE } from "@/text/weights";

import type { Line } from "./queries";
import styles from "./rollouts.module.css";

const AT_FIRST = 40;

interface RolloutListProps {
  readonly title: string;
  readonly lines: readonly Line[];
  readonly urgent?: boolean;
  readonly ended?: boolean;
}

/** A part of the list; a long one is drawn in pieces, so that no number of rollouts freezes the page. */
export function RolloutList({ title, lines, urgent = false, ended = false }: RolloutListProps) {
  const [most, setMost] = useState(AT_FIRST);
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <Title order={2} id={id} mb="xs">
        {title} <span className={styles.amount}>{number(lines.length)}</span>
      </Title>
      <ul className={styles.list}>
        {lines.slice(0, most).map((line) => (
          <Item key={`${line.environment}/${line.key}`} line={line} urgent={urgent} ended={ended} />
        ))}
      </ul>
      {lines.length > most && (
        <Button variant="default" mt="sm" onClick={() => setMost(most + 100)}>
          Show more of {count(lines.length, "rollout")}
        </Button>
      )}
    </section>
  );
}

interface ItemProps {
  readonly line: Line;
  readonly urgent: boolean;
  readonly ended: boolean;
}

function Item({ line, urgent, ended }: ItemProps) {
  const environments = useEnvironments();
  const environment = environments.find(({ key }) => key === line.environment) ?? {
    key: line.environment,
    name: line.environment,
    protected: false,
  };
  return (
    <li className={styles.item} data-urgent={urgent || undefined}>
      <div className={styles.what}>
        <Anchor
          fw={600}
          renderRoot={(props) => (
            <Link {...props} to="/rollouts/$env/$key" params={{ env: line.environment, key: line.key }} />
          )}
        >
          {line.name ?? line.key}
        </Anchor>
        <Text size="sm" c="dimmed" component="div">
          <EnvironmentName environment={environment} /> · {strategyName(line.strategy)}
          {line.deployment.version && ` · ${line.deployment.version}`}
        </Text>
      </div>
      <div className={styles.state}>
        <PhaseTag phase={line.phase} />
        {!ended && line.verdict.reason && <VerdictTag verdict={line.verdict.kind} />}
      </div>
      <div className={styles.how}>
        {!ended && <Progress line={line} />}
        <Text size="sm" c={urgent ? undefined : "dimmed"} className={styles.summary}>
          <Timed text={line.attentionReason ?? (ended ? endWords(line) : line.summary)} />
        </Text>
      </div>
      <div className={styles.when}>
        <When at={line.endedAt ?? line.startedAt ?? line.createdAt} />
      </div>
    </li>
  );
}

/** How far it is: the step, and the share of each candidate as a bar and in words. */
function Progress({ line }: { readonly line: Line }) {
  const step =
    line.step === null ? "before its first step" : `step ${String(line.step)} of ${String(line.steps)}`;
  return (
    <div className={styles.progress}>
      <span className={styles.step}>{step}</span>
      {line.targets.map(({ name, candidate, weight }) =>
        weight === null ? null : (
          <span key={name} className={styles.target}>
            <span className={styles.bar} aria-hidden="true">
              <span style={{ width: `${String((weight / WHOLE) * 100)}%` }} />
            </span>
            {candidate} {percent(weight)}
          </span>
        ),
      )}
    </div>
  );
}

function endWords({ deployment, startedAt, endedAt, summary }: Line): string {
  if (deployment.rollback)
    return `${deployment.rollback.automatic ? "By itself: " : ""}${deployment.rollback.cause}`;
  if (!startedAt || !endedAt) return summary;
  return `After ${duration((new Date(endedAt).getTime() - new Date(startedAt).getTime()) / 1000)}.`;
}
