import { Anchor, Button, Group, Text } from "@mantine/core";
import { IconRocket } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import type { Schemas } from "@/api/client";
import { Async } from "@/components/async";
import { Empty } from "@/components/empty";
import { Tag, type Tone } from "@/components/tag";
import { When } from "@/components/when";
import { percent } from "@/text/weights";

import { useScene } from "./context";
import { rolloutsQuery } from "./queries";

type Line = Schemas["RolloutLine"];

const TONES: Readonly<Partial<Record<Line["phase"], Tone>>> = {
  succeeded: "ok",
  "rolled-back": "bad",
  "rolling-back": "bad",
  aborted: "warn",
  paused: "warn",
};

/** The rollouts of this flag in this environment, and the way to a new one. */
export function Rollouts() {
  const { flag, environment, still } = useScene();
  const rollouts = useQuery(rolloutsQuery(environment.key, flag.key));
  const start = !still && (
    <Button
      leftSection={<IconRocket size={16} />}
      renderRoot={(props) => (
        <Link {...props} to="/rollouts/new" search={{ env: environment.key, kind: "flag", key: flag.key }} />
      )}
    >
      Start a rollout
    </Button>
  );
  return (
    <Async
      query={rollouts}
      isEmpty={(lines) => !lines.length}
      empty={
        <Empty
          title={`No rollout has moved this flag in ${environment.name ?? environment.key}`}
          action={start}
        >
          A rollout raises a share step by step, judges every step by metrics, and goes back by itself when
          the new variant is worse.
        </Empty>
      }
    >
      {(lines) => (
        <>
          <Group justify="flex-end" mb="sm">
            {start}
          </Group>
          <div className="fs-card">
            <table className="fs-table fs-cards">
              <thead>
                <tr>
                  <th scope="col">Rollout</th>
                  <th scope="col">State</th>
                  <th scope="col">Step</th>
                  <th scope="col">Moves</th>
                  <th scope="col">Begun</th>
                </tr>
              </thead>
              <tbody>
                {lines.map((line) => (
                  <RolloutRow key={line.key} line={line} flagKey={flag.key} />
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
    </Async>
  );
}

function RolloutRow({ line, flagKey }: { readonly line: Line; readonly flagKey: string }) {
  const target = line.targets.find(({ kind, key }) => kind === "flag" && key === flagKey);
  return (
    <tr>
      <td data-label="Rollout">
        <Anchor
          renderRoot={(props) => (
            <Link {...props} to="/rollouts/$env/$key" params={{ env: line.environment, key: line.key }} />
          )}
        >
          {line.name ?? line.key}
        </Anchor>
      </td>
      <td data-label="State">
        <Tag tone={TONES[line.phase] ?? "info"}>{line.phase}</Tag>
      </td>
      <td data-label="Step">
        {line.step === null ? "not begun" : `${String(line.step)} of ${String(line.steps)}`}
      </td>
      <td data-label="Moves">
        {target && (
          <Text span size="sm">
            {target.baseline} → {target.candidate}
            {target.weight === null ? "" : `, now ${percent(target.weight)}`}
          </Text>
        )}
      </td>
      <td data-label="Begun">
        <When at={line.startedAt ?? line.createdAt} />
      </td>
    </tr>
  );
}
