import { Checkbox, Select, Text, TextInput } from "@mantine/core";

import { strategyName } from "@/components/rollout/phases";

import { MEANS, TAKES, weightsFault, type Facts, type Strategy } from "./facts";
import styles from "./new.module.css";

interface StrategyFieldsProps {
  readonly facts: Facts;
  readonly onChange: (part: Partial<Facts>) => void;
}

const TEXTS = [
  ["weights", "Shares, in percent", ""],
  ["hold", "Hold of each step", "the strategy's own"],
  ["keep", "Keep the old side", "1h"],
  ["instances", "Instances, in order", "web-1, web-2"],
  ["drain", "Drain", "30s"],
  ["internalRule", "Rule of your own people", "its id"],
  ["betaRule", "Rule of those who asked", "its id"],
  ["hookUrl", "Hook that does the work", "https://…"],
  ["downtime", "Downtime, said aloud", "about five minutes"],
] as const satisfies readonly (readonly [keyof Facts, string, string])[];

const CHECKS = [
  ["approval", "A person has to approve"],
  ["share", "Steps wait until the share that arrives is the one that was told (a router has to count)"],
] as const satisfies readonly (readonly [keyof Facts, string])[];

const ALWAYS = [
  ["checklist", "Checklist before the first step"],
  ["verification", "Verification after the last step"],
  ["judged", "Judge the candidate by its errors and latency, as they are reported here"],
] as const satisfies readonly (readonly [keyof Facts, string])[];

/** A strategy, and the few facts that it makes a plan of. */
export function StrategyFields({ facts, onChange }: StrategyFieldsProps) {
  const takes = TAKES[facts.strategy];
  return (
    <section className="fs-card" aria-label="Strategy">
      <div className={styles.fields}>
        <Select
          label="Strategy"
          data={Object.keys(MEANS).map((value) => ({ value, label: strategyName(value) }))}
          value={facts.strategy}
          allowDeselect={false}
          onChange={(value) => value && onChange({ strategy: value as Strategy })}
        />
        {TEXTS.filter(([name]) => takes.includes(name)).map(([name, label, placeholder]) => (
          <TextInput
            key={name}
            label={label}
            placeholder={placeholder}
            value={facts[name]}
            error={name === "weights" ? weightsFault(facts.weights) : undefined}
            onChange={(event) => onChange({ [name]: event.currentTarget.value })}
          />
        ))}
        <TextInput
          label="Smoke test"
          placeholder="https://…/health"
          value={facts.checkUrl}
          onChange={(event) => onChange({ checkUrl: event.currentTarget.value })}
        />
        {facts.judged && (
          <TextInput
            label="Slow is over"
            placeholder="latency is not judged"
            value={facts.slowOver}
            onChange={(event) => onChange({ slowOver: event.currentTarget.value })}
          />
        )}
      </div>
      <Text size="sm" c="dimmed" my="xs">
        {MEANS[facts.strategy]}
      </Text>
      <div className={styles.checks}>
        {[...CHECKS.filter(([name]) => takes.includes(name)), ...ALWAYS].map(([name, label]) => (
          <Checkbox
            key={name}
            label={label}
            checked={facts[name]}
            onChange={(event) => onChange({ [name]: event.currentTarget.checked })}
          />
        ))}
      </div>
    </section>
  );
}
