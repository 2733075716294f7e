import { Button, Group, Stack, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";

import { Async } from "@/components/async";
import { Empty } from "@/components/empty";
import { EnvironmentFrame, type Environment } from "@/components/environment";
import { EnvironmentPicker, useEnvironment } from "@/components/environment-picker";
import { Page } from "@/components/page";
import { Tag } from "@/components/tag";
import { When, useNow } from "@/components/when";

import { blankFreeze, formOf, type FreezeForm as Form } from "./form-state";
import { FreezeForm } from "./form";
import { Held } from "./held";
import { freezesQuery, type Freeze } from "./queries";
import { standing, whenWords } from "./words";
import { useLift } from "./writes";

/** When nothing is released: what holds rollouts back, and which ones it holds. */
export function FreezesScreen() {
  const { env } = useSearch({ from: "/freezes" });
  const navigate = useNavigate({ from: "/freezes" });
  const environment = useEnvironment(env);
  const query = useQuery(freezesQuery(environment.key));
  const [editing, setEditing] = useState<{ readonly form: Form; readonly stored: Freeze | null } | null>(
    null,
  );
  return (
    <Page
      title="Freezes"
      actions={
        <Button
          leftSection={<IconPlus size={16} />}
          onClick={() => setEditing({ form: blankFreeze(), stored: null })}
        >
          New freeze
        </Button>
      }
    >
      <Text c="dimmed" maw="70ch">
        While a freeze holds, no rollout starts and none goes on. Metrics are still read, and a bad candidate
        is still rolled back: the way back is never held.
      </Text>
      <Group>
        <EnvironmentPicker
          value={environment}
          onChange={(key) => void navigate({ search: { env: key }, replace: true })}
        />
      </Group>
      <EnvironmentFrame environment={environment}>
        <Stack gap="lg">
          <Held environment={environment.key} />
          <Async
            query={query}
            isEmpty={(freezes) => !freezes.length}
            empty={
              <Empty
                title="Nothing is frozen here"
                command={`flagctl api POST /api/v1/environments/${environment.key}/freezes -d '{"key": "incident", "reason": "INC-123: payments are slow"}'`}
              >
                Freeze an environment for an incident, over a sale, or every weekend.
              </Empty>
            }
          >
            {(freezes) => (
              <Freezes
                environment={environment}
                freezes={freezes}
                onEdit={(freeze) => setEditing({ form: formOf(freeze), stored: freeze })}
              />
            )}
          </Async>
        </Stack>
      </EnvironmentFrame>
      {editing && (
        <FreezeForm
          environment={environment}
          stored={editing.stored}
          begun={editing.form}
          onClose={() => setEditing(null)}
        />
      )}
    </Page>
  );
}

const STANDINGS = {
  holds: ["holds now", "warn"],
  comes: ["comes", "info"],
  over: ["over", "quiet"],
  weekly: ["every week", "info"],
} as const;

interface FreezesProps {
  readonly environment: Environment;
  readonly freezes: readonly Freeze[];
  readonly onEdit: (freeze: Freeze) => void;
}

function Freezes({ environment, freezes, onEdit }: FreezesProps) {
  const lift = useLift(environment);
  const now = useNow();
  return (
    <table className="fs-table fs-cards">
      <thead>
        <tr>
          <th scope="col">Freeze</th>
          <th scope="col">State</th>
          <th scope="col">When</th>
          <th scope="col">Why</th>
          <th scope="col">Changed</th>
          <th scope="col">
            <span className="fs-hidden">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {freezes.map((freeze) => {
          const [word, tone] = STANDINGS[standing(freeze, now)];
          return (
            <tr key={freeze.key}>
              <td data-label="Freeze">
                <strong>{freeze.key}</strong>
              </td>
              <td data-label="State">
                <Tag tone={tone}>{word}</Tag>
              </td>
              <td data-label="When">{whenWords(freeze)}</td>
              <td data-label="Why">{freeze.reason}</td>
              <td data-label="Changed">
                <span>
                  <When at={freeze.changedAt} /> by {freeze.changedBy}
                </span>
              </td>
              <td>
                <Group gap="xs" wrap="nowrap" justify="flex-end">
                  <Button
                    size="compact-sm"
                    variant="default"
                    onClick={() => onEdit(freeze)}
                    aria-label={`Edit ${freeze.key}`}
                  >
                    Edit
                  </Button>
                  <Button
                    size="compact-sm"
                    variant="default"
                    onClick={() => void lift(freeze)}
                    aria-label={`Lift ${freeze.key}`}
                  >
                    Lift
                  </Button>
                </Group>
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
