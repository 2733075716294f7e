import { Stack, Switch, Text, Title } from "@mantine/core";

import type { Schemas } from "@/api/client";
import type { Environment } from "@/components/environment";
import type { Binding } from "@/components/standing";
import type { Rehearsal } from "@/components/splits";
import type { Editing } from "@/drafts/use-draft";

import { Backends } from "./backends";
import { Edges } from "./edges";
import type { Edited } from "./editing";
import { Question } from "./question";
import { Rules } from "./rules";
import { Seen } from "./seen";
import styles from "./split.module.css";
import { Targets } from "./targets";

interface SplitTabProps {
  readonly environment: Environment;
  readonly split: Schemas["TrafficSplit"];
  readonly editing: Editing<Edited>;
  readonly rehearsal: Rehearsal;
  readonly bindings: readonly Binding[];
}

/** The split itself, in the order in which it is decided; beside it, what it does. */
export function SplitTab({ environment, split, editing, rehearsal, bindings }: SplitTabProps) {
  const { value, set } = editing;
  const part = <K extends keyof Edited>(name: K, next: Edited[K]) => set({ ...value, [name]: next });
  return (
    <div className={styles.columns}>
      <Stack gap="md">
        <section className="fs-card">
          <Switch
            label={<strong>{value.enabled ? "On" : "Off"}</strong>}
            description={
              value.enabled
                ? "Decided from top to bottom: the first that holds counts."
                : `Everybody gets ${value.stable}, whatever stands below.`
            }
            checked={value.enabled}
            onChange={(event) => part("enabled", event.currentTarget.checked)}
          />
        </section>
        <Targets
          targets={value.targets}
          backends={value.backends}
          onChange={(targets) => part("targets", targets)}
        />
        <Rules
          environment={environment.key}
          rules={value.rules}
          backends={value.backends}
          rehearsal={rehearsal}
          onChange={(rules) => part("rules", rules)}
        />
        <Backends value={value} split={split} rehearsal={rehearsal} onChange={set} />
        <Edges value={value} onChange={set} />
      </Stack>
      <Stack gap="md">
        <Question environment={environment.key} split={split} />
        <section className="fs-card" aria-labelledby="seen">
          <Title order={2} id="seen" mb="xs">
            What is really seen
          </Title>
          <Seen environment={environment.key} split={split.key} names={split.backends} bindings={bindings} />
        </section>
        <Text size="sm" c="dimmed">
          Salt <span className="fs-mono">{split.salt}</span>, fixed: with it units keep their places.
        </Text>
      </Stack>
    </div>
  );
}
