import { Stack, Text, Title } from "@mantine/core";

import { rule as inWords } from "@/text/words";

import type { Edited } from "./editing";
import styles from "./split.module.css";

type Rule = Edited["rules"][number];

interface RulesProps {
  readonly environment: string;
  readonly rules: readonly Rule[];
  readonly backends: readonly string[];
  readonly onChange: (rules: Rule[]) => void;
}

/** The rules, in their order, as sentences. */
export function Rules({ rules }: RulesProps) {
  return (
    <section className="fs-card" aria-labelledby="rules">
      <Stack gap="sm">
        <Title order={2} id="rules">
          Rules
        </Title>
        {rules.map((rule, i) => (
          <div key={rule.id ?? i} className={styles.rule}>
            <Text size="sm">{inWords(rule)}</Text>
          </div>
        ))}
      </Stack>
    </section>
  );
}
