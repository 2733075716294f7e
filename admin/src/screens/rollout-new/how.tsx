import { Button, Group, SegmentedControl, Select, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { PlanEditor } from "@/components/plan/plan-editor";
import { PlanView } from "@/components/plan/plan-view";
import { blankPlan } from "@/components/plan/edit";
import { ProblemNotice } from "@/components/problem-notice";

import type { Begun } from "./begun";
import type { How } from "./facts";
import styles from "./new.module.css";
import { savedPlansQuery } from "./queries";
import type { PlanFound } from "./screen";
import { StrategyFields } from "./strategy-fields";

interface HowStepProps {
  readonly environment: string;
  readonly begun: Begun;
  readonly plan: PlanFound;
  readonly onChange: (part: Partial<Begun>) => void;
  readonly onBack: () => void;
  readonly onNext: () => void;
}

/** How it is moved: by a strategy, by a plan that is kept, or by one made here. */
export function HowStep({ environment, begun, plan, onChange, onBack, onNext }: HowStepProps) {
  const choose = (value: string) => {
    const how = value as How;
    onChange({ how, ...(how === "own" && { own: begun.own ?? plan.plan ?? blankPlan(begun.target) }) });
  };
  return (
    <Stack gap="md">
      <SegmentedControl
        aria-label="How the plan is made"
        className={styles.how}
        value={begun.how}
        onChange={choose}
        data={[
          { value: "strategy", label: "Strategy" },
          { value: "saved", label: "Saved plan" },
          { value: "own", label: "Own plan" },
        ]}
      />
      {begun.how === "strategy" && (
        <StrategyFields
          facts={begun.facts}
          onChange={(facts) => onChange({ facts: { ...begun.facts, ...facts } })}
        />
      )}
      {begun.how === "saved" && (
        <SavedPlans
          environment={environment}
          chosen={begun.planKey}
          onChoose={(planKey) => onChange({ planKey })}
        />
      )}
      {plan.error !== null && plan.error !== undefined && <ProblemNotice error={plan.error} />}
      {begun.how === "own" && begun.own ? (
        <PlanEditor environment={environment} plan={begun.own} onChange={(own) => onChange({ own })} />
      ) : (
        plan.plan && (
          <section className="fs-card" aria-labelledby="made">
            <Group justify="space-between" mb="sm">
              <Title order={2} id="made">
                The plan
              </Title>
              <Button
                variant="default"
                size="xs"
                onClick={() => onChange({ how: "own", own: withoutTexts(plan.plan) })}
              >
                Edit this plan
              </Button>
            </Group>
            <PlanView plan={plan.plan} />
          </section>
        )
      )}
      <Group justify="space-between">
        <Button variant="default" onClick={onBack}>
          Back
        </Button>
        <Button disabled={!plan.plan || plan.waiting} onClick={onNext}>
          Next: check
        </Button>
      </Group>
    </Stack>
  );
}

interface SavedPlansProps {
  readonly environment: string;
  readonly chosen: string;
  readonly onChoose: (key: string) => void;
}

function SavedPlans({ environment, chosen, onChoose }: SavedPlansProps) {
  const query = useQuery(savedPlansQuery(environment));
  const data = (query.data ?? []).map(({ key, name }) => ({
    value: key,
    label: name ? `${name} (${key})` : key,
  }));
  if (query.data && !data.length)
    return <Text c="dimmed">No plan is kept in this environment. Take a strategy, or make one here.</Text>;
  return (
    <Select
      label="Saved plan"
      description="Copied as it is now: later edits of it change no rollout."
      searchable
      maw={420}
      data={data}
      value={chosen || null}
      onChange={(key) => onChoose(key ?? "")}
    />
  );
}

const TEXTS = new Set([
  "key",
  "name",
  "description",
  "owner",
  "tags",
  "version",
  "revision",
  "createdAt",
  "createdBy",
  "changedAt",
  "changedBy",
  "archived",
  "status",
]);

/** A stored plan without what makes it a document. */
function withoutTexts(plan: PlanFound["plan"]): PlanFound["plan"] {
  if (!plan) return null;
  return Object.fromEntries(
    Object.entries(plan).filter(([name]) => !TEXTS.has(name)),
  ) as unknown as PlanFound["plan"];
}
