import { JsonInput, SegmentedControl, Select, Stack, Text, TextInput, Title } from "@mantine/core";
import { useState } from "react";

import { strategyName } from "@/components/rollout/phases";
import { Notice } from "@/components/tag";

import { parsedPlan } from "./edit";
import { GatesEditor } from "./gates-editor";
import { MetricsEditor } from "./metrics-editor";
import { usePlaces } from "./places";
import styles from "./plan.module.css";
import { StepsEditor } from "./steps-editor";
import { TargetsEditor } from "./targets-editor";
import type { Plan } from "./types";

interface PlanEditorProps {
  readonly environment: string;
  readonly plan: Plan;
  readonly onChange: (plan: Plan) => void;
}

/** A plan as a form or as JSON. The form changes only what it shows: whatever else the plan holds stays in it. */
export function PlanEditor({ environment, plan, onChange }: PlanEditorProps) {
  const [view, setView] = useState("form");
  return (
    <Stack gap="md">
      <SegmentedControl
        aria-label="How the plan is shown"
        className={styles.view}
        data={[
          { value: "form", label: "Form" },
          { value: "json", label: "JSON" },
        ]}
        value={view}
        onChange={setView}
      />
      {view === "form" ? (
        <PlanForm environment={environment} plan={plan} onChange={onChange} />
      ) : (
        <PlanJson plan={plan} onChange={onChange} />
      )}
    </Stack>
  );
}

function PlanForm({ environment, plan, onChange }: PlanEditorProps) {
  const places = usePlaces(environment);
  return (
    <>
      <TargetsEditor plan={plan} places={places} onChange={onChange} />
      <section aria-labelledby="plan-before">
        <Title order={2} id="plan-before" mb="xs">
          Before the first step
        </Title>
        <GatesEditor
          where="the start"
          before
          gates={plan.before ?? []}
          onChange={(before) => onChange({ ...plan, before })}
        />
      </section>
      <StepsEditor plan={plan} onChange={onChange} />
      <section aria-labelledby="plan-after">
        <Title order={2} id="plan-after" mb="xs">
          After the last step
        </Title>
        <GatesEditor
          where="the end"
          gates={plan.after ?? []}
          onChange={(after) => onChange({ ...plan, after })}
        />
      </section>
      <MetricsEditor plan={plan} onChange={onChange} />
      <Failing plan={plan} onChange={onChange} />
    </>
  );
}

type PartProps = Pick<PlanEditorProps, "plan" | "onChange">;

const STRATEGIES = ["canary", "blue-green", "rolling", "recreate", "dark-launch"];

function Failing({ plan, onChange }: PartProps) {
  return (
    <section aria-labelledby="plan-failing">
      <Title order={2} id="plan-failing" mb="xs">
        When something fails
      </Title>
      <div className={styles.fields}>
        <Select
          label="A gate, hook or router"
          data={[
            { value: "rollback", label: "everything goes back" },
            { value: "pause", label: "it pauses" },
          ]}
          value={plan.onFailure ?? "rollback"}
          allowDeselect={false}
          onChange={(value) => value && onChange({ ...plan, onFailure: value })}
        />
        <TextInput
          label="Routers have"
          placeholder="2m"
          value={plan.applyWithin ?? ""}
          onChange={(event) => onChange({ ...plan, applyWithin: event.currentTarget.value || undefined })}
        />
        <TextInput
          label="Rest after a rollback"
          placeholder="30m"
          value={plan.cooldown ?? ""}
          onChange={(event) => onChange({ ...plan, cooldown: event.currentTarget.value || undefined })}
        />
        <Select
          label="Called"
          description="for people; it decides nothing"
          inputWrapperOrder={["label", "input", "description"]}
          data={STRATEGIES.map((value) => ({ value, label: strategyName(value) }))}
          value={plan.strategy}
          allowDeselect={false}
          onChange={(value) => value && onChange({ ...plan, strategy: value as Plan["strategy"] })}
        />
      </div>
    </section>
  );
}

/** The whole plan as text: taken as soon as it is one. */
function PlanJson({ plan, onChange }: PartProps) {
  const [typed, setTyped] = useState(() => JSON.stringify(plan, null, 2));
  const { fault } = parsedPlan(typed);
  return (
    <>
      <Text size="sm" c="dimmed">
        Every member of a plan can be written here. The form shows most of them and leaves the others as they
        are.
      </Text>
      <JsonInput
        aria-label="The plan as JSON"
        value={typed}
        autosize
        minRows={16}
        maxRows={40}
        spellCheck={false}
        onChange={(text) => {
          setTyped(text);
          const { plan: next } = parsedPlan(text);
          if (next) onChange(next);
        }}
      />
      {fault && (
        <Notice tone="warn" title="Not taken yet">
          {fault}
        </Notice>
      )}
    </>
  );
}
