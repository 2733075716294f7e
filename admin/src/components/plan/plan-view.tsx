import { Code, Stack, Text, Title } from "@mantine/core";

import { strategyName } from "@/components/rollout/phases";
import { list } from "@/text/numbers";

import { boundWords, gateWords, moveWords, targetWords, waitWords } from "./plan-words";
import type { Plan } from "./types";
import styles from "./plan.module.css";

/** A plan in words: what it moves, in which steps, what it waits for, how the candidate is judged; and as JSON. */
export function PlanView({ plan }: { readonly plan: Plan }) {
  return (
    <Stack gap="md">
      <Text>
        {strategyName(plan.strategy)} of {list(plan.targets.map(targetWords)) || "nothing: it only judges"}.
      </Text>
      <Gates title="Before the first step" gates={plan.before} />
      <Steps plan={plan} />
      <Gates title="After the last step" gates={plan.after} />
      <Analysis plan={plan} />
      <Text size="sm" c="dimmed">
        When a gate, a hook or a router fails:{" "}
        {plan.onFailure === "pause" ? "it pauses" : "everything goes back"}. Routers have{" "}
        {plan.applyWithin ?? "2m"} to read back a step. After a rollback nothing it moves is rolled out for{" "}
        {plan.cooldown ?? "30m"}.
      </Text>
      <details>
        <summary className={styles.summary}>The plan as JSON</summary>
        <Code block tabIndex={0} aria-label="The plan as JSON" className={styles.json}>
          {JSON.stringify(plan, null, 2)}
        </Code>
      </details>
    </Stack>
  );
}

function Steps({ plan }: { readonly plan: Plan }) {
  return (
    <section aria-label="Steps">
      <table className="fs-table fs-cards">
        <thead>
          <tr>
            <th scope="col">Step</th>
            <th scope="col">Moves</th>
            <th scope="col">Then</th>
          </tr>
        </thead>
        <tbody>
          {plan.steps.map((step, index) => (
            <tr key={`${String(index)}/${step.name ?? ""}`}>
              <td data-label="Step">{step.name ?? `step ${String(index + 1)}`}</td>
              <td data-label="Moves">{moveWords(step, plan.targets)}</td>
              <td data-label="Then">{waitWords(step)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Gates({ title, gates }: { readonly title: string; readonly gates: Plan["before"] }) {
  if (!gates?.length) return null;
  return (
    <Text>
      {title}: {list(gates.map(gateWords))}.
    </Text>
  );
}

function Analysis({ plan }: { readonly plan: Plan }) {
  const { analysis } = plan;
  if (!analysis) return <Text>Nothing is judged: holds only give people time to look.</Text>;
  return (
    <section>
      <Title order={3} size="h4" mb={4}>
        How the candidate is judged
      </Title>
      <table className="fs-table fs-cards">
        <thead>
          <tr>
            <th scope="col">Metric</th>
            <th scope="col">Kind</th>
            <th scope="col">Source</th>
            <th scope="col">Bound</th>
          </tr>
        </thead>
        <tbody>
          {analysis.metrics.map((metric) => (
            <tr key={metric.name}>
              <td data-label="Metric">{metric.name}</td>
              <td data-label="Kind">{metric.kind}</td>
              <td data-label="Source">{metric.source}</td>
              <td data-label="Bound">{boundWords(metric)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
