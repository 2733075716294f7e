import { Button, Stack } from "@mantine/core";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";

import { api, body, type Schemas } from "@/api/client";
import { topic } from "@/api/follows";
import { Async } from "@/components/async";
import { CopyKey } from "@/components/copy";
import { EnvironmentFrame, type Environment } from "@/components/environment";
import { useEnvironment } from "@/components/environment-picker";
import { Page } from "@/components/page";
import { blankPlan } from "@/components/plan/edit";
import { candidateOf, usePlaces, type Place } from "@/components/plan/places";

import { documentOf, type PlanDocument } from "./document";
import { PlanForm } from "./form";

const planQuery = (environment: string, key: string) =>
  queryOptions({
    queryKey: ["plan", environment, key],
    queryFn: () =>
      body(
        api.GET("/api/v1/environments/{environment}/plans/{key}", { params: { path: { environment, key } } }),
      ),
    meta: { follows: [topic("plan", environment, key)] },
  });

/** No plan can have this key. */
const NEW = "~new";

/** One plan, or a new one. */
export function PlanScreen() {
  const { env, key } = useParams({ from: "/plans/$env/$key" });
  const environment = useEnvironment(env);
  const isNew = key === NEW;
  return (
    <Page
      title={isNew ? "New plan" : key}
      heading={isNew ? undefined : <CopyKey value={key} />}
      trail={[{ label: "Plans", to: "/plans" }]}
      actions={
        !isNew && (
          <Button renderRoot={(props) => <Link {...props} to="/rollouts/new" search={{ env, plan: key }} />}>
            Start a rollout with it
          </Button>
        )
      }
    >
      <EnvironmentFrame environment={environment}>
        <Stack>
          {isNew ? <Fresh environment={environment} /> : <Stored environment={environment} name={key} />}
        </Stack>
      </EnvironmentFrame>
    </Page>
  );
}

function Fresh({ environment }: { readonly environment: Environment }) {
  const [first] = usePlaces(environment.key);
  return (
    <PlanForm key={first?.key} environment={environment} stored={null} current={fresh(first)} version={0} />
  );
}

function fresh(place: Place | undefined): PlanDocument {
  const target = place
    ? { name: place.kind === "split" ? "edge" : "code", ...part(place), candidate: candidateOf(place) }
    : { name: "edge", kind: "split" as const, key: "", candidate: "", baseline: "" };
  return { key: "", name: "", description: "", owner: "", tags: [], plan: blankPlan(target) };
}

function part({ kind, key, baseline }: Place) {
  return { kind, key, baseline };
}

function Stored({ environment, name }: { readonly environment: Environment; readonly name: string }) {
  const query = useQuery(planQuery(environment.key, name));
  return (
    <Async query={query} lines={10}>
      {(stored: Schemas["Plan"]) => (
        <PlanForm
          environment={environment}
          stored={stored.key}
          current={documentOf(stored)}
          version={stored.version}
        />
      )}
    </Async>
  );
}
