import { Anchor, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { deliveryQuery, hygieneQuery, systemQuery } from "@/api/service";
import { Async } from "@/components/async";
import { EnvironmentName, type Environment } from "@/components/environment";
import { useEnvironments } from "@/components/environment-picker";
import { headline, troubles } from "@/components/health";
import { Panel } from "@/components/panel";
import { Tag } from "@/components/tag";
import { count, number } from "@/text/numbers";
import { duration } from "@/text/times";

import styles from "./now.module.css";

/** Reports of clients arrive without an event. */
export const AGAIN_MS = 5000;

/** Each environment: its revision, and how far that has come. */
export function Places() {
  return (
    <Panel title="Environments" flush>
      <ul className={styles.rows}>
        {useEnvironments().map((environment) => (
          <Place key={environment.key} environment={environment} />
        ))}
      </ul>
    </Panel>
  );
}

function Place({ environment }: { readonly environment: Environment }) {
  const query = useQuery({ ...deliveryQuery(environment.key), refetchInterval: AGAIN_MS });
  return (
    <li className={styles.row}>
      <Async query={query} lines={1}>
        {({ revision, clients, current }) => (
          <div className={styles.place}>
            <EnvironmentName environment={environment} />
            <span className={styles.number}>revision {revision}</span>
            {clients > 0 && (
              <span
                className={styles.bar}
                data-done={current === clients || undefined}
                data-late={current < clients || undefined}
              >
                <span style={{ width: `${String((current / clients) * 100)}%` }} />
              </span>
            )}
            <Anchor
              size="sm"
              renderRoot={(props) => <Link {...props} to="/clients" search={{ env: environment.key }} />}
            >
              {clients ? `${number(current)} of ${count(clients, "client")} there` : "no client reports"}
            </Anchor>
          </div>
        )}
      </Async>
    </li>
  );
}

/** Whether the service itself is well. */
export function Health() {
  const query = useQuery(systemQuery);
  return (
    <Panel
      title="Health"
      note={
        <Anchor size="sm" renderRoot={(props) => <Link {...props} to="/system" />}>
          System
        </Anchor>
      }
    >
      <Async query={query} lines={2}>
        {(system) => {
          const { title, tone } = headline(system);
          return (
            <>
              <Tag tone={tone} dot>
                {title}
              </Tag>
              {troubles(system).map(({ name, meanwhile }) => (
                <p key={name} className={styles.reason}>
                  {meanwhile}
                </p>
              ))}
              <Text size="sm" c="dimmed" mt={6}>
                {count(system.streamClients, "stream")} open; version {system.version}, up for{" "}
                {duration(Math.floor(system.uptimeSeconds))}
              </Text>
            </>
          );
        }}
      </Async>
    </Panel>
  );
}

const DAYS = 30;

/** How many flags may go. */
export function Housekeeping() {
  const query = useQuery(hygieneQuery(DAYS));
  return (
    <Panel title="Housekeeping">
      <Async query={query} lines={1}>
        {({ items }) =>
          items.length ? (
            <Text size="sm">
              <Anchor inherit underline="always" renderRoot={(props) => <Link {...props} to="/hygiene" />}>
                {count(items.length, "stale flag")}
              </Anchor>{" "}
              that somebody may remove.
            </Text>
          ) : (
            <Text size="sm">No flag stands still for {String(DAYS)} days.</Text>
          )
        }
      </Async>
    </Panel>
  );
}
