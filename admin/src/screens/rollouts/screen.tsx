import { Anchor, Button, SegmentedControl, Select, Stack, TextInput } from "@mantine/core";
import { IconPlus, IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useDeferredValue } from "react";

import { Async } from "@/components/async";
import { Empty } from "@/components/empty";
import { useEnvironments } from "@/components/environment-picker";
import { Page } from "@/components/page";
import { count } from "@/text/numbers";

import { matching, urgentFirst } from "./filter";
import { RolloutList } from "./list";
import { activeQuery, endedQuery, type Line } from "./queries";
import styles from "./rollouts.module.css";

/** The rollouts of all environments: what somebody has to look at, what goes on, what has ended. */
export function RolloutsScreen() {
  const { state, env, q } = useSearch({ from: "/rollouts" });
  const active = useQuery({ ...activeQuery, enabled: state !== "ended" });
  const ended = useQuery({ ...endedQuery, enabled: state !== "active" });
  const filter = { env, q: useDeferredValue(q) };
  return (
    <Page
      title="Rollouts"
      actions={
        <Button
          renderRoot={(props) => <Link {...props} to="/rollouts/new" search={{ env }} />}
          leftSection={<IconPlus size={16} />}
        >
          Start a rollout
        </Button>
      }
    >
      <Filters />
      <Stack gap="lg">
        {state !== "ended" && (
          <Async query={active} lines={5}>
            {(lines) => <Active lines={matching(lines, filter)} all={lines.length} />}
          </Async>
        )}
        {state !== "active" && (
          <Async query={ended} lines={5}>
            {(lines) => <Ended lines={matching(lines, filter)} all={lines.length} />}
          </Async>
        )}
      </Stack>
    </Page>
  );
}

function Filters() {
  const { state, env, q } = useSearch({ from: "/rollouts" });
  const navigate = useNavigate({ from: "/rollouts" });
  const environments = useEnvironments();
  const set = (part: { state?: "active" | "ended"; env?: string; q?: string }) =>
    void navigate({ search: (now) => ({ ...now, ...part }), replace: true });
  return (
    <div className={styles.filters}>
      <TextInput
        type="search"
        aria-label="Search rollouts"
        placeholder="Key, place, version, deployer"
        leftSection={<IconSearch size={16} />}
        value={q ?? ""}
        onChange={(event) => set({ q: event.currentTarget.value || undefined })}
        className={styles.search}
      />
      <Select
        aria-label="Environment"
        placeholder="All environments"
        clearable
        clearButtonProps={{ "aria-label": "All environments" }}
        data={environments.map(({ key, name, protected: guarded }) => ({
          value: key,
          label: `${name ?? key}${guarded ? " (protected)" : ""}`,
        }))}
        value={env ?? null}
        onChange={(value) => set({ env: value ?? undefined })}
      />
      <SegmentedControl
        aria-label="Which rollouts"
        data={[
          { value: "all", label: "All" },
          { value: "active", label: "Active" },
          { value: "ended", label: "Ended" },
        ]}
        value={state ?? "all"}
        onChange={(value) => set({ state: value === "active" || value === "ended" ? value : undefined })}
      />
    </div>
  );
}

interface PartProps {
  readonly lines: readonly Line[];
  /** How many there are without the filter. */
  readonly all: number;
}

function Active({ lines, all }: PartProps) {
  const { urgent, calm } = urgentFirst(lines);
  if (!lines.length) {
    return all ? (
      <Nothing what="active rollout" />
    ) : (
      <Empty
        title="No rollout is under way"
        command="flagctl rollout start -e production -f plan.json --release 2.4.0 --watch"
        action={
          <Anchor renderRoot={(props) => <Link {...props} to="/rollouts/new" />}>Start a rollout</Anchor>
        }
      >
        A rollout moves a flag or a traffic split in steps, judges the new version at each, and goes back by
        itself when it is worse.
      </Empty>
    );
  }
  return (
    <>
      {urgent.length > 0 && <RolloutList title="Needs attention" lines={urgent} urgent />}
      {calm.length > 0 && <RolloutList title="Active" lines={calm} />}
    </>
  );
}

function Ended({ lines, all }: PartProps) {
  if (lines.length) return <RolloutList title="Ended" lines={lines} ended />;
  return all ? <Nothing what="ended rollout" /> : null;
}

function Nothing({ what }: { readonly what: string }) {
  return (
    <p className={styles.nothing}>
      No {what} matches: {count(0, "line")} shown.
    </p>
  );
}
