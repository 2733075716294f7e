import { Text, Title } from "@mantine/core";
import { IconCheck, IconCircle, IconCircleDashed, IconPlayerPlayFilled, IconX } from "@tabler/icons-react";

import type { Environment } from "@/components/environment";
import { useNow } from "@/components/when";
import { clock, countdown } from "@/text/times";

import { GateList } from "./gates";
import { holdPart, rungs, type Rung } from "./ladder-state";
import styles from "./rollout.module.css";
import type { Known, Status } from "./queries";

interface LadderProps {
  readonly environment: Environment;
  readonly rollout: Known;
}

/** The steps from first to last: what is done, what goes on, what comes next; gates where they stand. */
export function Ladder({ environment, rollout }: LadderProps) {
  const { status } = rollout;
  const gates = <GateList environment={environment} rolloutKey={rollout.key} gates={status.gates} />;
  return (
    <section className="fs-card" aria-labelledby="steps">
      <Title order={2} id="steps" mb="sm">
        Steps
      </Title>
      {status.phase === "preparing" && <div className={styles.outside}>Before the first step{gates}</div>}
      <ol className={styles.ladder}>
        {rungs(status).map((rung) => (
          <li
            key={rung.number}
            className={styles.rung}
            data-state={rung.state}
            aria-current={rung.state === "current" ? "step" : undefined}
          >
            <RungMark state={rung.state} />
            <div className={styles.rungBody}>
              <RungWords rung={rung} />
              {rung.state === "current" && <Current status={status} number={rung.number} gates={gates} />}
            </div>
          </li>
        ))}
      </ol>
      {status.phase === "verifying" && <div className={styles.outside}>After the last step{gates}</div>}
    </section>
  );
}

const MARKS = {
  done: IconCheck,
  current: IconPlayerPlayFilled,
  next: IconCircle,
  stopped: IconX,
  left: IconCircleDashed,
} as const;

function RungMark({ state }: { readonly state: Rung["state"] }) {
  const Icon = MARKS[state];
  return (
    <span className={styles.mark} aria-hidden="true">
      <Icon size={14} stroke={2.5} />
    </span>
  );
}

const WORDS = {
  done: "done",
  current: "now",
  next: "next",
  stopped: "stopped here",
  left: "not reached",
} as const;

function RungWords({ rung }: { readonly rung: Rung }) {
  const detail = [...rung.moves.filter((move) => !move.endsWith(rung.name)), rung.hold]
    .filter(Boolean)
    .join(", ");
  return (
    <>
      <div className={styles.rungHead}>
        <strong>{rung.name}</strong>
        <span className={styles.rungState}>{WORDS[rung.state]}</span>
      </div>
      {detail && (
        <Text size="sm" c="dimmed">
          {detail}
        </Text>
      )}
    </>
  );
}

interface CurrentProps {
  readonly status: Status;
  readonly number: number;
  readonly gates: React.ReactNode;
}

/** What goes on in the step under way: what was said, the hook, the hold, the gates. */
function Current({ status, number, gates }: CurrentProps) {
  const step = status.steps[number - 1];
  return (
    <>
      {step?.say && <Text size="sm">{step.say}</Text>}
      {step?.hook && (
        <Text size="sm">
          Hook: {step.hook.standing}
          {step.hook.detail && `, ${step.hook.detail}`}
        </Text>
      )}
      <Hold status={status} />
      {status.phase !== "preparing" && status.phase !== "verifying" && gates}
    </>
  );
}

/** The time that is left of the hold, as a bar and in words. */
function Hold({ status }: { readonly status: Status }) {
  const now = useNow();
  const part = holdPart(status, now);
  if (part === null || !status.holdEndsAt) return null;
  const left = (new Date(status.holdEndsAt).getTime() - now) / 1000;
  return (
    <div className={styles.hold}>
      <div className={styles.holdBar} aria-hidden="true">
        <span style={{ width: `${String(part * 100)}%` }} />
      </div>
      <Text size="sm" className={styles.numbers}>
        {left > 0 ? (
          <>
            <strong role="timer">{countdown(left)}</strong> of the hold left, until {clock(status.holdEndsAt)}
          </>
        ) : (
          "The hold is over."
        )}
      </Text>
    </div>
  );
}
