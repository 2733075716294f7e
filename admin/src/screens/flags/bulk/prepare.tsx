import { Autocomplete, Button, Group, Select, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useEffect, useMemo, useState, type ReactNode } from "react";

import { EnvironmentFrame } from "@/components/environment";
import { Notice } from "@/components/tag";
import { count } from "@/text/numbers";

import type { Flag, MatrixEnvironment } from "../filter";
import { StepList } from "./list";
import { stepsOf, type Action, type Step } from "./steps";
import { useBatch } from "./use-batch";

function answer(checked: boolean, flags: number): string {
  return checked ? `${count(flags, "flag")} would change` : "Asking the service what this would do…";
}

interface PrepareProps {
  readonly kind: Action["kind"];
  readonly flags: readonly Flag[];
  readonly environments: readonly MatrixEnvironment[];
  readonly onBack: () => void;
  readonly onGo: (steps: readonly Step[], reason: string) => void;
}

/** What is to be done, where, and why; each flag with what would happen to it, as the service says. */
export function Prepare({ kind, flags, environments, onBack, onGo }: PrepareProps) {
  const [where, setWhere] = useState(environments[0]?.key ?? "");
  const [tag, setTag] = useState("");
  const [reason, setReason] = useState("");
  const [typed, setTyped] = useState("");
  const environment = environments.find(({ key }) => key === where);
  const action = actionOf(kind, environment, tag.trim());
  const inOne = kind === "on" || kind === "off";
  const concerned = inOne ? environments.filter(({ key }) => key === where) : environments;
  const confirm = toType(kind, concerned);
  const needsReason = concerned.some((each) => each.protected || each.requireReason);
  const { steps, checked, outcomes } = useRehearsal(flags, action);
  const why = reason.trim();
  const open = steps.filter(({ key, skip }) => !skip && outcomes[key]?.state !== "refused");
  const ready = checked && open.length > 0 && typed === confirm && (why !== "" || !needsReason);
  return (
    <Stack
      component="form"
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) onGo(open, why);
      }}
    >
      <What
        kind={kind}
        flags={flags}
        environments={environments}
        where={where}
        onWhere={setWhere}
        tag={tag}
        onTag={setTag}
      />
      <Where environment={inOne ? environment : undefined}>
        {confirm && (
          <Notice tone="warn" title="Look twice">
            {DANGERS[kind]}
          </Notice>
        )}
        {action && <StepList steps={steps} outcomes={outcomes} rehearsed label="What would happen to each" />}
        <Textarea
          label="Why"
          description="Kept in the history of each, beside your name."
          required={needsReason}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value.replace(/\n/g, " "))}
          maxLength={1000}
          autosize
          minRows={2}
        />
        {confirm && (
          <TextInput
            label={`Type ${confirm} to confirm`}
            required
            autoComplete="off"
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
        )}
      </Where>
      <Group justify="space-between">
        <Text size="sm" c="dimmed" role="status">
          {action && answer(checked, open.length)}
        </Text>
        <Group gap="xs">
          <Button variant="default" onClick={onBack}>
            Back
          </Button>
          <Go kind={kind} flags={open.length} red={confirm !== ""} ready={ready} />
        </Group>
      </Group>
    </Stack>
  );
}

interface WhereProps {
  readonly environment: MatrixEnvironment | undefined;
  readonly children: ReactNode;
}

function Where({ environment, children }: WhereProps) {
  const parts = <Stack>{children}</Stack>;
  return environment ? <EnvironmentFrame environment={environment}>{parts}</EnvironmentFrame> : parts;
}

interface GoProps {
  readonly kind: Action["kind"];
  readonly flags: number;
  readonly red: boolean;
  readonly ready: boolean;
}

function Go({ kind, flags, red, ready }: GoProps) {
  return (
    <Button type="submit" color={red ? "red" : undefined} disabled={!ready}>
      {VERBS[kind]} {count(flags, "flag")}
    </Button>
  );
}

interface WhatProps extends Pick<PrepareProps, "kind" | "flags" | "environments"> {
  readonly where: string;
  readonly onWhere: (key: string) => void;
  readonly tag: string;
  readonly onTag: (tag: string) => void;
}

/** In which environment, or which tag. */
function What({ kind, flags, environments, where, onWhere, tag, onTag }: WhatProps) {
  if (kind === "archive") return null;
  if (kind === "tag") {
    return (
      <Autocomplete
        label="Tag"
        required
        data-autofocus
        data={tagsOf(flags)}
        value={tag}
        onChange={onTag}
        maxLength={100}
      />
    );
  }
  return (
    <Select
      label="Environment"
      data={environments.map((each) => ({ value: each.key, label: labelOf(each) }))}
      value={where}
      onChange={(key) => key && onWhere(key)}
      allowDeselect={false}
      data-autofocus
    />
  );
}

const VERBS: Readonly<Record<Action["kind"], string>> = {
  on: "Switch on",
  off: "Switch off",
  tag: "Tag",
  archive: "Archive",
};

const DANGERS: Readonly<Record<Action["kind"], string>> = {
  on: "Each is served as it is configured there, at once.",
  off: "Everybody gets the off variant of each at once, whatever rules, listed units and rollouts say.",
  tag: "",
  archive: "Code that still asks for one of them gets its own fallback. Each can be brought back as it was.",
};

/** Rehearses an action on these flags whenever either changes; a tag moves nobody and needs none. */
function useRehearsal(flags: readonly Flag[], action: Action | null) {
  const { outcomes, run, running } = useBatch();
  const kind = action?.kind;
  const detail =
    action && ("tag" in action ? action.tag : "environment" in action ? action.environment.key : "");
  const versions = flags.map(({ key, version, environments }) =>
    [key, version, detail && environments[detail]?.version].join(),
  );
  const basis = `${kind ?? ""} ${detail ?? ""} ${versions.join(" ")}`;
  // The flags are new objects with every live update; what counts is whether one of them has another version.
  // eslint-disable-next-line react-hooks/exhaustive-deps
  const steps = useMemo(() => (action ? stepsOf(flags, action) : []), [basis]);
  const rehearses = kind !== undefined && kind !== "tag";
  useEffect(() => {
    if (!rehearses) return;
    void run(
      steps.filter(({ skip }) => !skip),
      "rehearsal",
      true,
    );
  }, [steps, rehearses, run]);
  const asked = Object.keys(outcomes).length > 0 || steps.every(({ skip }) => skip);
  const checked = action !== null && (!rehearses || (asked && !running));
  return { steps, outcomes: rehearses ? outcomes : {}, checked };
}

function actionOf(
  kind: Action["kind"],
  environment: MatrixEnvironment | undefined,
  tag: string,
): Action | null {
  if (kind === "tag") return tag ? { kind, tag } : null;
  if (kind === "archive") return { kind };
  return environment ? { kind, environment } : null;
}

/** In a protected environment its name; for an archive that reaches one, the word. */
function toType(kind: Action["kind"], concerned: readonly MatrixEnvironment[]): string {
  const guarded = concerned.find((each) => each.protected);
  if (!guarded || kind === "tag") return "";
  return kind === "archive" ? "archive" : guarded.key;
}

function labelOf(environment: MatrixEnvironment): string {
  return `${environment.name ?? environment.key}${environment.protected ? " (protected)" : ""}`;
}

function tagsOf(flags: readonly Flag[]): string[] {
  return [...new Set(flags.flatMap(({ tags }) => tags))].sort();
}
