import { Anchor, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { systemQuery, type System } from "@/api/service";
import { Async } from "@/components/async";
import { Facts } from "@/components/facts";
import { Page } from "@/components/page";
import { Panel } from "@/components/panel";
import { Notice } from "@/components/tag";
import { When } from "@/components/when";
import { count, list } from "@/text/numbers";
import { clock, duration } from "@/text/times";

import { Depends } from "./depends";
import { Snapshots } from "./snapshots";
import styles from "./system.module.css";
import { headline, troubles } from "@/components/health";

/** Ages and counts move without an event; whether it is degraded comes by the stream at once. */
const AGAIN_MS = 5000;

/** The process that answers: whether it is well, what it depends on, what it holds, what it is connected to. */
export function SystemScreen() {
  const query = useQuery({ ...systemQuery, refetchInterval: AGAIN_MS });
  return (
    <Page title="System">
      <Async query={query} lines={8}>
        {(system) => <Whole system={system} at={query.dataUpdatedAt} />}
      </Async>
    </Page>
  );
}

function Whole({ system, at }: { readonly system: System; readonly at: number }) {
  return (
    <>
      <State system={system} at={at} />
      <div className={styles.columns}>
        <div className={styles.column}>
          <Depends system={system} />
          <Snapshots system={system} />
        </div>
        <div className={styles.column}>
          <Connected system={system} />
          <Build system={system} />
          <More links={system.links} />
        </div>
      </div>
    </>
  );
}

function State({ system, at }: { readonly system: System; readonly at: number }) {
  const { title, tone } = headline(system);
  const failing = troubles(system);
  return (
    <Notice tone={tone} title={title} role="status">
      <Text size="sm">
        {failing.length
          ? failing.map(({ meanwhile }) => meanwhile).join(" ")
          : "Everything it depends on answers, and what decides is up to date."}{" "}
        <Text span size="sm" c="dimmed">
          As of {clock(at)}, of the process that answers.
        </Text>
      </Text>
    </Notice>
  );
}

function Connected({ system }: { readonly system: System }) {
  const named = (names: readonly string[], file: string) =>
    names.length ? list(names) : <Text span c="dimmed">{`none in the ${file} file`}</Text>;
  return (
    <Panel title="Connected to">
      <Facts
        facts={[
          ["Streams", `${count(system.streamClients, "client")} at this process`],
          ["Routers", named(system.routers, "routers")],
          ["Metric sources", named(system.metricSources, "metric sources")],
          ["Notifiers", named(system.notifiers, "notifiers")],
        ]}
      />
    </Panel>
  );
}

function Build({ system }: { readonly system: System }) {
  return (
    <Panel title="Build">
      <Facts
        facts={[
          ["flagsvc", system.version],
          ["Python", system.python],
          ["Started", <When key="started" at={system.startedAt} />],
          ["Up for", duration(Math.floor(system.uptimeSeconds))],
        ]}
      />
    </Panel>
  );
}

function More({ links }: { readonly links: System["links"] }) {
  return (
    <Panel title="Read on">
      <nav className={styles.links} aria-label="Documents of this service">
        <Anchor href={links.docs}>API and problems</Anchor>
        <Anchor href={links.openapi}>OpenAPI</Anchor>
        {links.metrics ? (
          <Anchor href={links.metrics}>Metrics</Anchor>
        ) : (
          <Text span c="dimmed">
            Metrics on a port of their own
          </Text>
        )}
        <Anchor href="/health">Health</Anchor>
      </nav>
    </Panel>
  );
}
