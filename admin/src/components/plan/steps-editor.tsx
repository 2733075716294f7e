import { Button, TextInput, Title } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";

import { changedItem, grown, movedItem, weighed, withoutItem, withSteps } from "./edit";
import { GatesEditor } from "./gates-editor";
import { OrderButtons } from "./order-buttons";
import { PercentField } from "./percent-field";
import styles from "./plan.module.css";
import type { Plan, PlanStep } from "./types";

interface StepsEditorProps {
  readonly plan: Plan;
  readonly onChange: (plan: Plan) => void;
}

/** The steps in their order: weights, hold, gates; hooks are shown and kept, and edited as JSON. */
export function StepsEditor({ plan, onChange }: StepsEditorProps) {
  const set = (index: number, step: PlanStep) =>
    onChange(
      withSteps(
        plan,
        plan.steps.map((each, i) => (i === index ? step : each)),
      ),
    );
  return (
    <section aria-labelledby="plan-steps">
      <Title order={2} id="plan-steps" mb="xs">
        Steps
      </Title>
      <ol className={styles.steps}>
        {plan.steps.map((step, index) => (
          <li key={index} className={styles.step}>
            <div className={styles.stepHead}>
              <strong>Step {index + 1}</strong>
              <OrderButtons
                what={`step ${String(index + 1)}`}
                index={index}
                length={plan.steps.length}
                onMove={(to) => onChange(withSteps(plan, movedItem(plan.steps, index, to)))}
                onRemove={() => onChange(withSteps(plan, withoutItem(plan.steps, index)))}
              />
            </div>
            <StepFields plan={plan} step={step} onChange={(next) => set(index, next)} />
            <GatesEditor
              where={`step ${String(index + 1)}`}
              gates={step.gates ?? []}
              onChange={(gates) =>
                onChange(
                  withSteps(
                    plan,
                    changedItem(plan.steps, index, { gates: gates.length ? gates : undefined }),
                  ),
                )
              }
            />
          </li>
        ))}
      </ol>
      <Button
        variant="default"
        size="sm"
        leftSection={<IconPlus size={16} />}
        onClick={() => onChange(grown(plan))}
      >
        Add a step
      </Button>
    </section>
  );
}

interface StepFieldsProps {
  readonly plan: Plan;
  readonly step: PlanStep;
  readonly onChange: (step: PlanStep) => void;
}

function StepFields({ plan, step, onChange }: StepFieldsProps) {
  const hooks = [step.hook && "a hook", step.undo && "an undo hook"].filter(Boolean).join(" and ");
  return (
    <>
      <div className={styles.fields}>
        <TextInput
          label="Name"
          placeholder="its number"
          value={step.name ?? ""}
          onChange={(event) => onChange({ ...step, name: event.currentTarget.value || undefined })}
        />
        {plan.targets.map(({ name, candidate }) => (
          <TargetWeight key={name} step={step} target={name} candidate={candidate} onChange={onChange} />
        ))}
        <TextInput
          label="Hold"
          description="15m, 1h30m, 2d"
          inputWrapperOrder={["label", "input", "description"]}
          placeholder="0s"
          value={step.hold ?? ""}
          onChange={(event) => onChange({ ...step, hold: event.currentTarget.value || undefined })}
        />
        <TextInput
          label="Say"
          placeholder="to people, when it begins"
          value={step.say ?? ""}
          onChange={(event) => onChange({ ...step, say: event.currentTarget.value || undefined })}
        />
      </div>
      {hooks && <p className={styles.more}>It has {hooks}: kept as it is, edited as JSON.</p>}
    </>
  );
}

interface TargetWeightProps {
  readonly step: PlanStep;
  readonly target: string;
  readonly candidate: string;
  readonly onChange: (step: PlanStep) => void;
}

function TargetWeight({ step, target, candidate, onChange }: TargetWeightProps) {
  const weight = step.weights?.[target];
  const label = `${candidate} (${target})`;
  if (typeof weight === "object")
    return <TextInput label={label} value="a weight for each: see the JSON" readOnly variant="filled" />;
  return (
    <PercentField
      label={label}
      value={weight ?? null}
      onChange={(next) => onChange(weighed(step, target, next))}
    />
  );
}
