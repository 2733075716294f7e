import { Tabs } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import type { ReactNode } from "react";

import type { Environment } from "@/components/environment";
import { Notice } from "@/components/tag";

import { Code } from "./code";
import { Compare } from "./compare";
import { SceneContext, type Scene } from "./context";
import type { Configuration, Flag } from "./draft";
import { History } from "./history";
import { PendingBar } from "./pending-bar";
import { drivingQuery } from "./queries";
import { Rollouts } from "./rollouts";
import { Settings } from "./settings";
import { Targeting } from "./targeting";
import { Usage } from "./usage";
import { useEditing } from "./use-editing";
import { useSave } from "./use-save";

const route = getRouteApi("/flags/$key");

const TABS = {
  targeting: "Targeting",
  rollouts: "Rollouts",
  usage: "Usage",
  history: "History",
  code: "Code",
  settings: "Settings",
} as const;
type Tab = keyof typeof TABS;

interface BodyProps {
  readonly flag: Flag;
  readonly environment: Environment;
  readonly configuration: Configuration;
  /** One of the environments wants reasons. */
  readonly guarded: boolean;
  readonly against: Environment | undefined;
}

/** Everything about the flag in one environment, behind tabs; the draft is over all of it. */
export function Body({ flag, environment, configuration, guarded, against }: BodyProps) {
  const { tab = "targeting" } = route.useSearch();
  const navigate = route.useNavigate();
  const editing = useEditing({ environment, flag, configuration });
  const save = useSave(flag.key, environment, guarded, editing);
  const driving = useQuery(drivingQuery(environment.key, flag.key));
  const scene: Scene = {
    flag,
    environment,
    configuration,
    editing,
    driven: Object.fromEntries(
      (driving.data ?? []).flatMap((rollout) =>
        (rollout.status?.targets ?? [])
          .filter((target) => target.kind === "flag" && target.key === flag.key)
          .map((target) => [target.rule || "default", rollout.key] as const),
      ),
    ),
    still: flag.archived,
  };
  const panels: Readonly<Record<Tab, () => ReactNode>> = {
    targeting: () => (against ? <Compare against={against} /> : <Targeting onSave={save} />),
    rollouts: () => <Rollouts />,
    usage: () => <Usage />,
    history: () => <History />,
    code: () => <Code />,
    settings: () => <Settings guarded={guarded} />,
  };
  return (
    <SceneContext value={scene}>
      {flag.archived && (
        <Notice tone="warn" title="This flag is archived">
          It is evaluated for nobody. Restore it in its settings to edit it.
        </Notice>
      )}
      <Tabs
        value={tab}
        onChange={(next) =>
          void navigate({ search: (before) => ({ ...before, tab: (next ?? undefined) as Tab | undefined }) })
        }
        keepMounted={false}
      >
        <Tabs.List>
          {Object.entries(TABS).map(([name, label]) => (
            <Tabs.Tab key={name} value={name}>
              {label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={tab} pt="md">
          {panels[tab]()}
        </Tabs.Panel>
      </Tabs>
      <PendingBar onSave={save} />
    </SceneContext>
  );
}
