import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { Async } from "@/components/async";
import type { Environment } from "@/components/environment";
import { Timed, When } from "@/components/when";
import { hasEnded, phaseOf, verdictOf } from "@/components/rollout/phases";

import { Charts } from "./charts";
import { Happened } from "./happened";
import { Ladder } from "./ladder";
import { Power } from "./power";
import { Report } from "./report";
import styles from "./rollout.module.css";
import { Targets } from "./targets";
import { Verdict } from "./verdict";
import { planOf, timelineQuery, type Known } from "./queries";

interface LiveProps {
  readonly environment: Environment;
  readonly rollout: Known;
}

/** Where a rollout stands and how it came there, as it happens. */
export function Live({ environment, rollout }: LiveProps) {
  const timeline = useQuery(timelineQuery(environment.key, rollout.key));
  const { status } = rollout;
  return (
    <>
      <Report rollout={rollout} />
      <div className={styles.columns}>
        <div className={styles.side}>
          <Ladder environment={environment} rollout={rollout} />
          {timeline.data && <Happened timeline={timeline.data} />}
        </div>
        <div className={styles.main}>
          <Verdict rollout={rollout} timeline={timeline.data} />
          <Targets environment={environment.key} rollout={rollout} />
          <Async query={timeline} lines={8}>
            {(data) =>
              data.held ? (
                <Text>
                  <Timed text={data.held} />
                </Text>
              ) : (
                <Charts timeline={data} status={status} metrics={planOf(rollout).analysis?.metrics ?? []} />
              )
            }
          </Async>
          {!hasEnded(status.phase) && <Power environment={environment.key} rollout={rollout} />}
          <Text size="sm" c="dimmed">
            Data as of <When at={timeline.dataUpdatedAt || null} />
          </Text>
        </div>
      </div>
      <Announcer rollout={rollout} />
    </>
  );
}

/** Says what has changed to those who listen: phase, step and verdict, never a figure that moves all the time. */
function Announcer({ rollout: { status } }: { readonly rollout: Known }) {
  const step = status.step === null ? "" : `, step ${String(status.step)} of ${String(status.steps.length)}`;
  const verdict = status.verdict.metrics.length
    ? `; the candidate is ${verdictOf(status.verdict.kind).word}`
    : "";
  return (
    <p className="fs-hidden" role="status" aria-live="polite">
      {phaseOf(status.phase).word}
      {step}
      {verdict}
    </p>
  );
}
