import { Anchor, Button, Group, Text, TextInput } from "@mantine/core";
import { IconPlus, IconSearch } from "@tabler/icons-react";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";

import { all, api, body, type Schemas } from "@/api/client";
import { topic } from "@/api/follows";
import { Async } from "@/components/async";
import { Empty } from "@/components/empty";
import { EnvironmentFrame } from "@/components/environment";
import { EnvironmentPicker, useEnvironment } from "@/components/environment-picker";
import { Page } from "@/components/page";
import { strategyName } from "@/components/rollout/phases";
import { When } from "@/components/when";
import { count, list } from "@/text/numbers";

type Plan = Schemas["Plan"];

const plansQuery = (environment: string) =>
  queryOptions({
    queryKey: ["plans", environment],
    queryFn: () =>
      all((cursor) =>
        body(
          api.GET("/api/v1/environments/{environment}/plans", {
            params: { path: { environment }, query: { limit: 200, cursor } },
          }),
        ),
      ),
    meta: { follows: [topic("plan", environment)] },
  });

/** The plans of an environment: how releases are done here. */
export function PlansScreen() {
  const { env, q } = useSearch({ from: "/plans" });
  const navigate = useNavigate({ from: "/plans" });
  const environment = useEnvironment(env);
  const query = useQuery(plansQuery(environment.key));
  return (
    <Page
      title="Plans"
      actions={
        <Button
          renderRoot={(props) => (
            <Link {...props} to="/plans/$env/$key" params={{ env: environment.key, key: "~new" }} />
          )}
          leftSection={<IconPlus size={16} />}
        >
          New plan
        </Button>
      }
    >
      <Group gap="sm">
        <EnvironmentPicker
          value={environment}
          onChange={(key) => void navigate({ search: (now) => ({ ...now, env: key }), replace: true })}
        />
        <TextInput
          type="search"
          aria-label="Search plans"
          placeholder="Key, name, place"
          leftSection={<IconSearch size={16} />}
          value={q ?? ""}
          onChange={(event) => {
            const value = event.currentTarget.value || undefined;
            void navigate({ search: (now) => ({ ...now, q: value }), replace: true });
          }}
        />
      </Group>
      <EnvironmentFrame environment={environment}>
        <Async
          query={query}
          isEmpty={(plans) => !plans.length}
          empty={
            <Empty
              title="No plan is kept here yet"
              command={`flagctl api POST /api/v1/environments/${environment.key}/plans -d @plan.json`}
            >
              A plan says what a rollout moves, in which steps, what each step waits for, and how the new
              version is judged. Keep one here, and begin every release of a service with it.
            </Empty>
          }
        >
          {(plans) => (
            <Plans environment={environment.key} plans={plans.filter((plan) => matches(plan, q ?? ""))} />
          )}
        </Async>
      </EnvironmentFrame>
    </Page>
  );
}

function matches({ key, name, targets, owner }: Plan, q: string): boolean {
  const text = [key, name, owner, ...targets.map((target) => target.key)]
    .filter(Boolean)
    .join(" ")
    .toLowerCase();
  return q
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

interface PlansProps {
  readonly environment: string;
  readonly plans: readonly Plan[];
}

function Plans({ environment, plans }: PlansProps) {
  if (!plans.length) return <Text c="dimmed">No plan matches.</Text>;
  return (
    <table className="fs-table fs-cards">
      <thead>
        <tr>
          <th scope="col">Plan</th>
          <th scope="col">Strategy</th>
          <th scope="col">Moves</th>
          <th scope="col">Steps</th>
          <th scope="col">Judged by</th>
          <th scope="col">Changed</th>
        </tr>
      </thead>
      <tbody>
        {plans.map((plan) => (
          <tr key={plan.key}>
            <td data-label="Plan">
              <span>
                <Anchor
                  renderRoot={(props) => (
                    <Link {...props} to="/plans/$env/$key" params={{ env: environment, key: plan.key }} />
                  )}
                >
                  {plan.name ?? plan.key}
                </Anchor>
                {plan.name && (
                  <Text size="sm" c="dimmed" className="fs-mono">
                    {plan.key}
                  </Text>
                )}
              </span>
            </td>
            <td data-label="Strategy">{strategyName(plan.strategy)}</td>
            <td data-label="Moves">{list(plan.targets.map((target) => target.key)) || "nothing"}</td>
            <td data-label="Steps">{count(plan.steps.length, "step")}</td>
            <td data-label="Judged by">
              {list((plan.analysis?.metrics ?? []).map((metric) => metric.name)) || "nothing"}
            </td>
            <td data-label="Changed">
              <span>
                <When at={plan.changedAt} /> by {plan.changedBy}
              </span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
