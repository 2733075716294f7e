import { Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";

import type { Schemas } from "@/api/client";
import { Notice } from "@/components/tag";
import { count, list, number } from "@/text/numbers";
import { clock, duration } from "@/text/times";

import styles from "./rollout.module.css";
import type { Known, Status } from "./queries";

/** How it ended: what was restored and how fast, who was exposed; or what its good end rests on. */
export function Report({ rollout }: { readonly rollout: Known }) {
  const { status } = rollout;
  if (status.rollback) return <Rollback status={status} rollback={status.rollback} />;
  if (status.phase === "succeeded") return <Success status={status} />;
  return null;
}

interface RollbackProps {
  readonly status: Status;
  readonly rollback: Schemas["RollbackStatus"];
}

function Rollback({ status, rollback }: RollbackProps) {
  const took = rollback.seconds;
  const done = took !== null;
  const who = rollback.automatic ? "by itself" : "on command";
  const untouched = status.phase === "aborted";
  const title = untouched ? "Aborted" : done ? `Rolled back ${who}` : `Rolling back ${who}`;
  const seconds = status.startedAt ? (at(rollback.at) - at(status.startedAt)) / 1000 : null;
  return (
    <Notice tone="bad" title={<Title order={2}>{title}</Title>} role="status">
      <Stack gap="sm" mt={4}>
        <Text>{sentence(rollback.cause)}</Text>
        <dl className={styles.facts}>
          <Fact name="Restored">{restored(status)}</Fact>
          <Fact name="How fast">
            {done ? `${duration(took)} until everything was read back` : "on the way"}
            {seconds !== null && `; ${duration(seconds)} after the start, at ${clock(rollback.at)}`}
          </Fact>
          <Fact name="Exposed">{exposed(status.exposure)}</Fact>
          {status.exposure && <Fact name="Harm">{harm(status.exposure)}</Fact>}
        </dl>
        {status.reminder && <Text>Left to do: {status.reminder}</Text>}
      </Stack>
    </Notice>
  );
}

function Success({ status }: { readonly status: Status }) {
  const { startedAt, endedAt, verdict, exposure } = status;
  const took = startedAt && endedAt ? duration((at(endedAt) - at(startedAt)) / 1000) : "";
  const judged = verdict.metrics.length > 0;
  return (
    <Notice tone="ok" title={<Title order={2}>Succeeded{took && ` after ${took}`}</Title>} role="status">
      <Stack gap="sm" mt={4}>
        <Text>
          {!judged
            ? "Nothing was judged: the plan has no analysis, or there was no step in which both sides got traffic."
            : verdict.proven
              ? "The candidate was proved not to be worse than the plan allows."
              : "There was no alarm. That is no proof: what the power check calls too small to see may be there."}
        </Text>
        {exposure && (
          <dl className={styles.facts}>
            <Fact name="Exposed">{exposed(exposure)}</Fact>
          </dl>
        )}
        {status.reminder && <Text>Left to do: {status.reminder}</Text>}
      </Stack>
    </Notice>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function restored({ targets }: Status): string {
  const back = targets.filter(({ standing }) => standing === "back" || standing === "restored");
  if (!back.length) return "nothing: nothing had been moved";
  return list(
    back.map(({ kind, key, revisionBefore, standing }) => {
      const version = revisionBefore === null ? "" : `, as it was in version ${String(revisionBefore)}`;
      return `${kind} ${key}${version}${standing === "back" ? " (read back)" : ""}`;
    }),
  );
}

function exposed(exposure: Schemas["ExposureStatus"] | null): string {
  if (!exposure) return "not counted: nothing was judged before it went back";
  const requests = `${count(Math.round(exposure.requests), "request")} of the candidate were judged`;
  const units =
    exposure.units === null
      ? "; the source cannot tell units apart"
      : `, of at most ${count(Math.round(exposure.units), "unit")}`;
  return requests + units;
}

function harm({ bad, excess, excessLow, excessHigh }: Schemas["ExposureStatus"]): string {
  const between = `between ${number(Math.round(excessLow))} and ${number(Math.round(excessHigh))}`;
  return `${number(Math.round(bad))} went bad, about ${number(Math.round(excess))} of them because of it (${between}, at 95 %)`;
}

function at(text: string): number {
  return new Date(text).getTime();
}

function sentence(text: string): string {
  return text ? `${text.charAt(0).toUpperCase()}${text.slice(1)}.` : "";
}
