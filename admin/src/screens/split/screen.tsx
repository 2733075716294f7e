import { Button, Group, Tabs, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";

import type { Schemas } from "@/api/client";
import { bindingsQuery, splitQuery } from "@/api/traffic";
import { Async } from "@/components/async";
import { CopyKey } from "@/components/copy";
import { EnvironmentFrame, EnvironmentName, type Environment } from "@/components/environment";
import { useEnvironment } from "@/components/environment-picker";
import { useKill } from "@/components/kill/kill";
import { Page } from "@/components/page";
import { PendingBar } from "@/components/pending-bar";
import { useReview } from "@/components/review/review";
import { rehearsal } from "@/components/review/write";
import { useRehearsal } from "@/components/splits";
import { Notice, Tag } from "@/components/tag";
import { When } from "@/components/when";
import { useDraft } from "@/drafts/use-draft";

import { ConnectTab } from "./connect/connect-tab";
import { editable, faultOf, saving, swapping, swapTo } from "./editing";
import { RoutersTab } from "./routers/routers-tab";
import { SettingsTab } from "./settings-tab";
import { SplitTab } from "./split-tab";
import styles from "./split.module.css";

type Tab = "split" | "routers" | "connect" | "settings";

/** One traffic split: who gets what, whether the edges do so, how to connect one. */
export function SplitScreen() {
  const { env, key } = useParams({ from: "/splits/$env/$key" });
  const environment = useEnvironment(env);
  const query = useQuery(splitQuery(env, key));
  const split = query.data;
  return (
    <Page
      title={split?.name ?? key}
      trail={[{ label: "Traffic splits", to: "/splits" }]}
      actions={split && !split.archived && <Actions environment={environment} split={split} />}
    >
      <Async query={query} lines={8}>
        {(there) => <Whole key={there.key} environment={environment} split={there} />}
      </Async>
    </Page>
  );
}

interface WholeProps {
  readonly environment: Environment;
  readonly split: Schemas["TrafficSplit"];
}

function Whole({ environment, split }: WholeProps) {
  const { tab = "split" } = useSearch({ from: "/splits/$env/$key" });
  const navigate = useNavigate({ from: "/splits/$env/$key" });
  const { data: bindings = [] } = useQuery(bindingsQuery(environment.key));
  const review = useReview();
  const editing = useDraft(`${environment.key}/split/${split.key}`, editable(split), split.version);
  const mine = bindings.filter((binding) => binding.split === split.key);
  const fault = faultOf(editing.value);
  const rehearsed = useRehearsal(editing.value, editing.changed && !fault, (value) => {
    const write = saving(environment, split.key, { ...editing, value });
    return write.send(rehearsal(write, ""));
  });
  const save = async () => {
    if (await review(saving(environment, split.key, editing))) editing.discard();
  };
  const open = (next: string | null) =>
    void navigate({
      search: (now) => ({ ...now, tab: next === "split" ? undefined : (next as Tab) }),
      replace: true,
    });
  return (
    <>
      <Head environment={environment} split={split} />
      {split.archived && (
        <Notice tone="warn" title="Archived">
          Nobody is answered by it any more. It can be restored in its settings.
        </Notice>
      )}
      <EnvironmentFrame environment={environment}>
        <Tabs value={tab} onChange={open} keepMounted={false}>
          <Tabs.List mb="md" className={styles.tabs}>
            <Tabs.Tab value="split">Split</Tabs.Tab>
            <Tabs.Tab value="routers">Routers{mine.length > 0 && ` (${mine.length})`}</Tabs.Tab>
            <Tabs.Tab value="connect">Connect</Tabs.Tab>
            <Tabs.Tab value="settings">Settings</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="split">
            <SplitTab
              environment={environment}
              split={split}
              editing={editing}
              rehearsal={rehearsed}
              bindings={mine}
            />
          </Tabs.Panel>
          <Tabs.Panel value="routers">
            <RoutersTab environment={environment} split={split} bindings={mine} />
          </Tabs.Panel>
          <Tabs.Panel value="connect">
            <ConnectTab environment={environment.key} split={split} />
          </Tabs.Panel>
          <Tabs.Panel value="settings">
            <SettingsTab environment={environment} split={split} editing={editing} />
          </Tabs.Panel>
        </Tabs>
      </EnvironmentFrame>
      <PendingBar editing={editing} fault={fault} onReview={() => void save()} />
    </>
  );
}

function Head({ environment, split }: WholeProps) {
  return (
    <Group gap="xs">
      <CopyKey value={split.key} />
      {!environment.protected && (
        <Tag>
          <EnvironmentName environment={environment} />
        </Tag>
      )}
      {split.enabled ? <Tag tone="ok">on</Tag> : <Tag tone="warn">off: all to {split.stable}</Tag>}
      <Text size="sm" c="dimmed">
        changed <When at={split.changedAt} /> by {split.changedBy}
        {split.owner && `, owned by ${split.owner}`}
      </Text>
    </Group>
  );
}

function Actions({ environment, split }: WholeProps) {
  const review = useReview();
  const kill = useKill();
  const to = swapTo(split);
  return (
    <>
      {to && (
        <Button variant="default" maw="100%" onClick={() => void review(swapping(environment, split, to))}>
          <Text span inherit truncate>
            Swap to {to}
          </Text>
        </Button>
      )}
      {split.enabled && (
        <Button
          variant="default"
          c="var(--fs-bad-ink)"
          onClick={() => void kill({ kind: "split", environment: environment.key, key: split.key })}
        >
          Kill
        </Button>
      )}
    </>
  );
}
