import { Button, Group, Stack, Text, Textarea, TextInput, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";

import { api, body } from "@/api/client";
import { problemOf } from "@/api/problem";
import { Async } from "@/components/async";
import type { Environment } from "@/components/environment";
import type { Place } from "@/components/plan/places";
import type { Plan } from "@/components/plan/types";
import { ProblemNotice } from "@/components/problem-notice";
import { useReview } from "@/components/review/review";
import { PowerTable } from "@/components/rollout/power-table";
import { Notice } from "@/components/tag";
import { Timed } from "@/components/when";
import { moment } from "@/text/times";

import { bodyOf, firstMove, type Begun } from "./begun";
import { Findings } from "./findings";
import { preflightQuery, rehearsalQuery } from "./queries";

interface CheckProps {
  readonly environment: Environment;
  readonly begun: Begun;
  readonly plan: Plan;
  readonly places: readonly Place[];
  readonly onChange: (part: Partial<Begun>) => void;
  readonly onBack: () => void;
  readonly onBegun: () => void;
}

/** What stands in the way, what the steps can see, who moves first, what holds rollouts back; then the start. */
export function Check({ environment, begun, plan, places, onChange, onBack, onBegun }: CheckProps) {
  const asked = bodyOf({ ...begun, override: "", startAt: "" }, plan);
  const preflight = useQuery(preflightQuery(environment.key, asked));
  const rehearsal = useQuery(rehearsalQuery(environment.key, bodyOf({ ...begun, override: "" }, plan)));
  const start = useStart(environment, begun, plan, onBegun);
  const problem = rehearsal.error ? problemOf(rehearsal.error) : null;
  const held = problem?.code === "held-back";
  const free = held ? begun.override.trim() !== "" : !problem;
  return (
    <Stack gap="md">
      <section className="fs-card" aria-labelledby="preflight">
        <Title order={2} id="preflight" mb="xs">
          Before it begins
        </Title>
        <Async query={preflight} lines={5}>
          {(found) => <Findings found={found} />}
        </Async>
      </section>
      <Notice tone="info" title="Who moves first">
        {firstMove(plan, places)}
      </Notice>
      {preflight.data && preflight.data.steps.length > 0 && (
        <section className="fs-card" aria-labelledby="power">
          <Title order={2} id="power">
            What each bake can see
          </Title>
          <Text size="sm" c="dimmed" mb="xs">
            At the traffic of the last hour.
          </Text>
          <PowerTable steps={preflight.data.steps} />
        </section>
      )}
      {held && (
        <Notice tone="warn" title="Rollouts are held back" role="status">
          <Text size="sm" mb="xs">
            <Timed text={problem.detail} />
          </Text>
          <Textarea
            label="Why this one may start all the same"
            description="It stands in the rollout and in the audit trail, beside your name."
            value={begun.override}
            onChange={(event) => onChange({ override: event.currentTarget.value.replace(/\n/g, " ") })}
            autosize
          />
        </Notice>
      )}
      {problem && !held && <ProblemNotice error={rehearsal.error} onRetry={() => void rehearsal.refetch()} />}
      <TextInput
        type="datetime-local"
        label="Start at"
        description="Empty: at once. In your own time zone."
        maw={280}
        value={begun.startAt}
        onChange={(event) => onChange({ startAt: event.currentTarget.value })}
      />
      <Group justify="space-between">
        <Button variant="default" onClick={onBack}>
          Back
        </Button>
        <Button disabled={!free || rehearsal.isPending} onClick={() => void start()}>
          {begun.startAt ? "Schedule" : "Start"}
        </Button>
      </Group>
    </Stack>
  );
}

function useStart(environment: Environment, begun: Begun, plan: Plan, onBegun: () => void) {
  const review = useReview();
  const navigate = useNavigate();
  return async () => {
    const made = bodyOf(begun, plan);
    const what = begun.version ? `${begun.version} of ` : "";
    const place = plan.targets[0]?.key ?? begun.key;
    const written = await review({
      title: `Roll out ${what}${place}`,
      environment,
      before: null,
      after: null,
      verb: begun.startAt ? "Schedule" : "Start",
      follows: begun.startAt
        ? `It starts by itself at ${moment(begun.startAt)}, and not before what holds rollouts back is over.`
        : `It begins at once with step 1 of ${String(plan.steps.length)}, and needs nobody after that unless its plan says so.`,
      done: begun.startAt ? "The rollout is scheduled." : "The rollout begins.",
      send: ({ query, headers }) =>
        body(
          api.POST("/api/v1/environments/{environment}/rollouts", {
            params: { path: { environment: environment.key }, query, header: headers },
            body: made,
          }),
        ),
    });
    const key = keyIn(written?.document);
    if (!key) return;
    await navigate({ to: "/rollouts/$env/$key", params: { env: environment.key, key } });
    onBegun(); // not before: what is left here would be checked at once
  };
}

function keyIn(document: unknown): string | null {
  const { key } = (document ?? {}) as { key?: unknown };
  return typeof key === "string" ? key : null;
}
