import { Skeleton } from "@mantine/core";
import { IconAlertTriangle, IconCheck } from "@tabler/icons-react";
import { useQueries, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { activeRolloutsQuery, deliveryQuery, endedRolloutsQuery, systemQuery } from "@/api/service";
import { bindingsQuery } from "@/api/traffic";
import { useEnvironments } from "@/components/environment-picker";
import { ProblemNotice } from "@/components/problem-notice";
import { Timed } from "@/components/when";

import styles from "./now.module.css";
import { concerns, pulse, summary, type Concern } from "./words";

const SHOWN = 6;

/** One glance: all is well, or what is not, and the way there. */
export function Pulse({ now }: { readonly now: number }) {
  const environments = useEnvironments();
  const system = useQuery(systemQuery);
  const active = useQuery(activeRolloutsQuery);
  const ended = useQuery(endedRolloutsQuery);
  const bindings = useQueries({ queries: environments.map(({ key }) => bindingsQuery(key)) });
  const deliveries = useQueries({ queries: environments.map(({ key }) => deliveryQuery(key)) });
  const parts = [system, active, ended, ...bindings];
  const failed = parts.filter((query) => query.isError && query.data === undefined);
  const again = () => failed.forEach((query) => void query.refetch()); // one press for all that failed together
  if (failed[0]) return <ProblemNotice error={failed[0].error} onRetry={again} />;
  if (!system.data || !active.data || !ended.data || bindings.some(({ data }) => !data))
    return <Skeleton height={90} radius="md" aria-busy="true" role="status" aria-label="Loading" />;
  const found = concerns({
    system: system.data,
    active: active.data.items,
    ended: ended.data.items,
    bindings: environments.flatMap(({ key }, i) =>
      (bindings[i]?.data ?? []).map((binding) => ({ environment: key, binding })),
    ),
    now,
  });
  const known = deliveries.flatMap(({ data }) => (data ? [data] : []));
  return <Shown found={found} sentence={summary(active.data.items, known)} />;
}

function Shown({ found, sentence }: { readonly found: readonly Concern[]; readonly sentence: string }) {
  const { title, tone } = pulse(found);
  const Icon = tone === "ok" ? IconCheck : IconAlertTriangle;
  return (
    <section className={styles.pulse} data-tone={tone} aria-label="At a glance">
      <span className={styles.mark}>
        <Icon size={22} aria-hidden="true" />
      </span>
      <div role="status">
        <h2>{title}</h2>
        <p>{sentence}</p>
      </div>
      {found.length > 0 && (
        <ul className={styles.concerns} aria-label="To look at">
          {found.slice(0, SHOWN).map((concern) => (
            <li key={concern.to + concern.text} data-tone={concern.tone}>
              <Link to={concern.to} params={{ env: concern.env ?? "", key: concern.key ?? "" }}>
                <Timed text={concern.text} />
              </Link>
            </li>
          ))}
          {found.length > SHOWN && <li>and {String(found.length - SHOWN)} more</li>}
        </ul>
      )}
    </section>
  );
}
