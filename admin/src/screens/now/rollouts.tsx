import { Anchor, Button, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { activeRolloutsQuery, type RolloutLine } from "@/api/service";
import { Async } from "@/components/async";
import { EnvironmentName } from "@/components/environment";
import { useEnvironments } from "@/components/environment-picker";
import { Panel } from "@/components/panel";
import { phaseOf } from "@/components/rollout/phases";
import { Tag } from "@/components/tag";
import { Timed } from "@/components/when";
import { percent } from "@/text/weights";

import styles from "./now.module.css";
import { forPeople, useAnswer, verbOf } from "./use-answer";
import { urgentFirst } from "./words";

/** What is rolled out now: those that need somebody first, with what they wait for and its button. */
export function Rollouts() {
  const query = useQuery(activeRolloutsQuery);
  return (
    <Panel title="Rollouts" note={<RouterLink to="/rollouts">All rollouts</RouterLink>} flush>
      <Async
        query={query}
        lines={4}
        isEmpty={({ items }) => items.length === 0}
        empty={
          <Text size="sm" className={styles.pad}>
            None is under way. <RouterLink to="/rollouts/new">Start one</RouterLink>, or from a terminal:{" "}
            <code className="fs-mono">flagctl rollout start PLAN</code>
          </Text>
        }
      >
        {({ items }) => (
          <ul className={styles.rows}>
            {urgentFirst(items).map((line) => (
              <Row key={`${line.environment}/${line.key}`} line={line} />
            ))}
          </ul>
        )}
      </Async>
    </Panel>
  );
}

function RouterLink({
  to,
  children,
}: {
  readonly to: "/rollouts" | "/rollouts/new";
  readonly children: string;
}) {
  return (
    <Anchor size="sm" underline="always" renderRoot={(props) => <Link {...props} to={to} />}>
      {children}
    </Anchor>
  );
}

function Row({ line }: { readonly line: RolloutLine }) {
  const environment = useEnvironments().find(({ key }) => key === line.environment);
  const { pass, resume } = useAnswer(environment, line);
  const phase = phaseOf(line.phase);
  const canResume = line.phase === "paused" && line.commands.includes("resume");
  return (
    <li className={styles.row}>
      <div className={styles.head}>
        <Anchor
          fw={600}
          renderRoot={(props) => (
            <Link {...props} to="/rollouts/$env/$key" params={{ env: line.environment, key: line.key }} />
          )}
        >
          {line.name ?? line.key}
        </Anchor>
        <Tag tone={phase.tone} dot>
          {phase.word}
        </Tag>
        {line.verdict.kind === "unhealthy" && <Tag tone="bad">unhealthy</Tag>}
        {environment && <EnvironmentName environment={environment} />}
        <span className={styles.buttons}>
          {forPeople(line).map((gate) => (
            <Button key={gate.name} size="xs" onClick={() => pass(gate)}>
              {verbOf(gate)}…
            </Button>
          ))}
          {canResume && (
            <Button size="xs" onClick={resume} aria-label={`Resume ${line.key}`}>
              Resume…
            </Button>
          )}
        </span>
      </div>
      <div className={styles.sub}>
        {line.step === null
          ? `${String(line.steps)} steps to come`
          : `step ${String(line.step)} of ${String(line.steps)}`}
        {line.deployment.version && ` · version ${line.deployment.version}`}
      </div>
      {line.attention && (
        <p className={styles.need}>
          <Timed text={line.attentionReason ?? ""} />
        </p>
      )}
      {!line.attention && (
        <p className={styles.reason}>
          <Timed text={line.summary} />
        </p>
      )}
      {line.targets.map((target) => (
        <div key={target.name} className={styles.share}>
          <span>
            {target.key} <span className={styles.sub}>to {target.candidate}</span>
          </span>
          <span className={styles.bar}>
            <span style={{ width: `${String((target.weight ?? 0) / 1000)}%` }} />
          </span>
          <span className={styles.number}>
            {target.weight === null ? "nothing moved" : percent(target.weight)}
            {target.observed !== null && (
              <span className={styles.sub}> · {percent(Math.round(target.observed / 100) * 100)} seen</span>
            )}
          </span>
        </div>
      ))}
    </li>
  );
}
