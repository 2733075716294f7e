import { Group, List, Stack, Text, Title } from "@mantine/core";

import { Notice } from "@/components/tag";
import { VerdictTag } from "@/components/rollout/phase-tag";
import { hasEnded } from "@/components/rollout/phases";
import { figure } from "@/text/measures";

import { MetricTile } from "./metric-tile";
import styles from "./rollout.module.css";
import { planOf, type Known, type Timeline } from "./queries";

interface VerdictProps {
  readonly rollout: Known;
  readonly timeline: Timeline | undefined;
}

/** What is said about the candidate, on what grounds, and what each metric says. */
export function Verdict({ rollout, timeline }: VerdictProps) {
  const { verdict } = rollout.status;
  const analysis = planOf(rollout).analysis;
  if (!analysis) {
    return (
      <Notice title="Nothing is judged">
        This plan has no analysis: its holds only give people time to look, and nothing but a gate, a hook or
        a router leads back by itself.
      </Notice>
    );
  }
  return (
    <section className="fs-card" aria-labelledby="verdict">
      <Group gap="sm" mb="xs">
        <Title order={2} id="verdict">
          The candidate is
        </Title>
        <VerdictTag verdict={verdict.kind} />
      </Group>
      <Stack gap="sm">
        <Text>{standing(rollout)}</Text>
        {verdict.kind === "unknown" && <Reasons reason={verdict.reason} />}
        <div className={styles.tiles}>
          {analysis.metrics.map((metric) => (
            <MetricTile
              key={metric.name}
              metric={metric}
              said={verdict.metrics.find((each) => each.metric === metric.name)}
              timeline={timeline}
            />
          ))}
        </div>
        <Warnings warnings={verdict.warnings} />
      </Stack>
    </section>
  );
}

/** The verdict in a sentence, with the difference between proof and no alarm. */
function standing({ status, plan }: Known): string {
  const { verdict } = status;
  const ratio = (plan["analysis"] as { proveRatio?: number } | undefined)?.proveRatio ?? 2;
  const past = hasEnded(status.phase);
  if (verdict.kind === "unhealthy") return `Worse: ${verdict.reason}.`;
  if (verdict.proven) return `Proved not to be ${figure(ratio)} times as bad as the baseline.`;
  if (verdict.kind === "healthy")
    return `Only no alarm${past ? "" : " so far"}: nothing says that it is worse, and that is no proof that it is not.`;
  return past ? "Nothing was known of it in the end." : "Unknown never advances. It is waited for:";
}

function Reasons({ reason }: { readonly reason: string }) {
  const parts = reason.split("; ").filter(Boolean);
  if (!parts.length) return null;
  return (
    <List size="sm">
      {parts.map((part) => (
        <List.Item key={part}>{part}</List.Item>
      ))}
    </List>
  );
}

function Warnings({ warnings }: { readonly warnings: readonly string[] }) {
  if (!warnings.length) return null;
  return (
    <details className={styles.fold}>
      <summary>What to keep in mind ({warnings.length})</summary>
      <List size="sm">
        {warnings.map((warning) => (
          <List.Item key={warning}>{warning}</List.Item>
        ))}
      </List>
    </details>
  );
}
