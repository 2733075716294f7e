import { Anchor, Group, Stack, Tabs, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";

import { Async } from "@/components/async";
import { CopyKey } from "@/components/copy";
import { EnvironmentFrame, EnvironmentName, type Environment } from "@/components/environment";
import { useEnvironment } from "@/components/environment-picker";
import { Page } from "@/components/page";
import { PlanView } from "@/components/plan/plan-view";
import { PhaseTag } from "@/components/rollout/phase-tag";
import { strategyName } from "@/components/rollout/phases";
import { Notice } from "@/components/tag";
import { Timed, When } from "@/components/when";

import { CommandsBar } from "./commands-bar";
import { Live } from "./live";
import { Log } from "./log";
import styles from "./rollout.module.css";
import { planOf, rolloutQuery, type Known, type Rollout } from "./queries";

/** One rollout: what goes on, what can be asked of it, its log and its plan. */
export function RolloutScreen() {
  const { env, key } = useParams({ from: "/rollouts/$env/$key" });
  const environment = useEnvironment(env);
  const query = useQuery(rolloutQuery(env, key));
  const known = query.data && isKnown(query.data) ? query.data : undefined;
  return (
    <Page
      title={key}
      heading={
        <span className={styles.heading}>
          <CopyKey value={key} />
          {known && <PhaseTag phase={known.status.phase} />}
        </span>
      }
      trail={[{ label: "Rollouts", to: "/rollouts" }]}
      actions={known && <CommandsBar environment={environment} rollout={known} />}
    >
      <Async query={query} lines={10}>
        {(rollout) => (isKnown(rollout) ? <Whole environment={environment} rollout={rollout} /> : null)}
      </Async>
    </Page>
  );
}

function isKnown(rollout: Rollout): rollout is Known {
  return rollout.status !== null;
}

interface WholeProps {
  readonly environment: Environment;
  readonly rollout: Known;
}

const TABS = [
  ["live", "Live"],
  ["log", "Log"],
  ["plan", "Plan"],
] as const;

function Whole({ environment, rollout }: WholeProps) {
  const { tab = "live" } = useSearch({ from: "/rollouts/$env/$key" });
  const navigate = useNavigate({ from: "/rollouts/$env/$key" });
  const choose = (value: string | null) => {
    const next = TABS.find(([name]) => name === value)?.[0];
    void navigate({ search: { tab: next === "live" ? undefined : next }, replace: true });
  };
  return (
    <EnvironmentFrame environment={environment}>
      <Stack gap="md">
        <Summary environment={environment} rollout={rollout} />
        <Tabs value={tab} onChange={choose} keepMounted={false}>
          <Tabs.List mb="md">
            {TABS.map(([name, label]) => (
              <Tabs.Tab key={name} value={name}>
                {label}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          <Tabs.Panel value="live">
            <Live environment={environment} rollout={rollout} />
          </Tabs.Panel>
          <Tabs.Panel value="log">
            <Log environment={environment.key} rolloutKey={rollout.key} />
          </Tabs.Panel>
          <Tabs.Panel value="plan">
            <PlanView plan={planOf(rollout)} />
          </Tabs.Panel>
        </Tabs>
      </Stack>
    </EnvironmentFrame>
  );
}

/** The state in one sentence, what holds it back, and what is deployed by whom. */
function Summary({ environment, rollout }: WholeProps) {
  const { status, deployment, startedBy } = rollout;
  return (
    <Stack gap={6}>
      {!status.rollback && (
        <Text className={styles.summary}>
          <Timed text={shortly(status.summary)} />
        </Text>
      )}
      {status.frozen && (
        <Notice tone="warn" title="Held back">
          <Timed text={status.frozen} />
        </Notice>
      )}
      {status.downtime && (
        <Notice tone="warn" title="Downtime">
          <Timed text={status.downtime} />
        </Notice>
      )}
      <Group gap="xs" className={styles.facets}>
        {!environment.protected && <EnvironmentName environment={environment} />}
        <span>{strategyName(planOf(rollout).strategy)}</span>
        <Deployment deployment={deployment} />
        <span>by {startedBy}</span>
        <span>
          {status.startedAt ? "started " : "made "}
          <When at={status.startedAt ?? status.since} />
        </span>
      </Group>
    </Stack>
  );
}

/** Without what is said of the candidate: its own panel says it at length. */
function shortly(summary: string): string {
  return summary.split(" The candidate is ")[0] ?? summary;
}

/** Version, commit, and a way to where it was built; texts of the one who began it. */
function Deployment({ deployment }: { readonly deployment: Rollout["deployment"] }) {
  const { version, commit, url } = deployment;
  const label = [version, commit].filter((part): part is string => typeof part === "string").join(" · ");
  if (!label && typeof url !== "string") return null;
  const safe = typeof url === "string" && url.startsWith("https://") ? url : null;
  return safe ? (
    <Anchor href={safe} target="_blank" rel="noreferrer noopener">
      {label || "deployment"}
    </Anchor>
  ) : (
    <span className="fs-mono">{label}</span>
  );
}
