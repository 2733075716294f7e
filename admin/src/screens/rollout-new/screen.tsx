import { Group, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";

import { EnvironmentFrame, type Environment } from "@/components/environment";
import { EnvironmentPicker, useEnvironment } from "@/components/environment-picker";
import { Page } from "@/components/page";
import { candidateOf, placeOf, usePlaces, type Place } from "@/components/plan/places";
import type { Plan } from "@/components/plan/types";
import { useDraft } from "@/drafts/use-draft";

import { NOTHING, type Begun } from "./begun";
import { Check } from "./check";
import { HowStep } from "./how";
import { madeQuery, savedPlansQuery } from "./queries";
import { Steps, type StepName } from "./steps";
import { What } from "./what";

/** Starts a rollout in three steps: what, how, check. */
export function RolloutNewScreen() {
  const search = useSearch({ from: "/rollouts/new" });
  const navigate = useNavigate({ from: "/rollouts/new" });
  const environment = useEnvironment(search.env);
  return (
    <Page title="Start a rollout" trail={[{ label: "Rollouts", to: "/rollouts" }]}>
      <Group>
        <EnvironmentPicker
          value={environment}
          onChange={(key) => void navigate({ search: (now) => ({ ...now, env: key }), replace: true })}
        />
      </Group>
      <EnvironmentFrame environment={environment}>
        <Wizard key={environment.key} environment={environment} />
      </EnvironmentFrame>
    </Page>
  );
}

function Wizard({ environment }: { readonly environment: Environment }) {
  const search = useSearch({ from: "/rollouts/new" });
  const places = usePlaces(environment.key);
  const [step, setStep] = useState<StepName>(search.plan ? "how" : "what");
  const draft = useDraft<Begun>(`${environment.key}/rollout-new`, NOTHING, 0);
  const begun = completed(draft.value, search, places);
  const set = (part: Partial<Begun>) => draft.set({ ...begun, ...part });
  const plan = usePlan(environment.key, begun);
  const chosen = begun.target.key !== "" || begun.how !== "strategy";
  return (
    <Stack gap="lg">
      <Steps step={step} onStep={setStep} ready={{ what: true, how: chosen, check: plan.plan !== null }} />
      {step === "what" && <What begun={begun} places={places} onChange={set} onNext={() => setStep("how")} />}
      {step === "how" && (
        <HowStep
          environment={environment.key}
          begun={begun}
          plan={plan}
          onChange={set}
          onBack={() => setStep("what")}
          onNext={() => setStep("check")}
        />
      )}
      {step === "check" && plan.plan && (
        <Check
          environment={environment}
          begun={begun}
          plan={plan.plan}
          places={places}
          onChange={set}
          onBack={() => setStep("how")}
          onBegun={draft.discard}
        />
      )}
    </Stack>
  );
}

interface Asked {
  readonly plan?: string;
  readonly kind?: "flag" | "split";
  readonly key?: string;
}

/** What is put together, with what the address asks for where nothing else was chosen. */
function completed(begun: Begun, asked: Asked, places: readonly Place[]): Begun {
  const planned: Begun =
    asked.plan && !begun.planKey ? { ...begun, how: "saved", planKey: asked.plan } : begun;
  const place =
    asked.kind && asked.key && !begun.target.key ? placeOf(places, asked.kind, asked.key) : undefined;
  if (!place) return planned;
  const { kind, key, baseline } = place;
  return { ...planned, target: { ...begun.target, kind, key, baseline, candidate: candidateOf(place) } };
}

/** The plan of what was chosen, or why there is none yet. */
export interface PlanFound {
  readonly plan: Plan | null;
  readonly error: unknown;
  readonly waiting: boolean;
}

function usePlan(environment: string, begun: Begun): PlanFound {
  const { how, facts, target, planKey, own } = begun;
  const made = useQuery({
    ...madeQuery(environment, facts, [target]),
    enabled: how === "strategy" && target.key !== "",
  });
  const saved = useQuery({ ...savedPlansQuery(environment), enabled: how === "saved" });
  if (how === "own") return { plan: own, error: null, waiting: false };
  if (how === "strategy")
    return { plan: made.error ? null : (made.data ?? null), error: made.error, waiting: made.isFetching };
  const found = saved.data?.find(({ key }) => key === planKey);
  return {
    plan: (found as unknown as Plan | undefined) ?? null,
    error: saved.error,
    waiting: saved.isFetching,
  };
}
