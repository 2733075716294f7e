import { Button, Group, Modal, Select, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useMemo, useState } from "react";

import { api, because, body } from "@/api/client";
import { environmentsQuery } from "@/api/queries";
import { problemOf } from "@/api/problem";
import { useFocusBack } from "@/components/focus-back";
import { ProblemNotice } from "@/components/problem-notice";
import { useDraft, type Editing } from "@/drafts/use-draft";
import { list } from "@/text/numbers";

import { everyFlagQuery } from "../queries";
import { bodyOf, EMPTY, isWhole, keyFault, TYPES, type NewFlag } from "./values";
import { Variants } from "./variants";

interface CreateProps {
  /** The key to begin with. */
  readonly wanted?: string | undefined;
  readonly onClose: () => void;
}

/** Makes a flag of a key and a type; all else has its default, and it is off everywhere. */
export function CreateDialog({ wanted, onClose }: CreateProps) {
  useFocusBack();
  const beginning = useMemo(() => (wanted ? { ...EMPTY, key: wanted } : EMPTY), [wanted]);
  const draft = useDraft(wanted ? `new/flag/${wanted}` : "new/flag", beginning, 0);
  const narrow = useMediaQuery("(max-width: 48em)");
  const [asking, setAsking] = useState(false);
  const leave = () => (draft.changed && !asking ? setAsking(true) : onClose());
  return (
    <Modal
      opened
      onClose={leave}
      title={<strong>Create a flag</strong>}
      size="lg"
      fullScreen={narrow}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      {asking ? (
        <Leaving
          onStay={() => setAsking(false)}
          onKeep={onClose}
          onForget={() => {
            draft.discard();
            onClose();
          }}
        />
      ) : (
        <Form draft={draft} onClose={leave} />
      )}
    </Modal>
  );
}

interface LeavingProps {
  readonly onStay: () => void;
  readonly onKeep: () => void;
  readonly onForget: () => void;
}

/** What is to become of what was typed. */
function Leaving({ onStay, onKeep, onForget }: LeavingProps) {
  return (
    <Stack>
      <Text>What you typed is not saved yet. It can wait in this browser until you come back.</Text>
      <Group justify="flex-end">
        <Button variant="default" color="red" onClick={onForget}>
          Discard it
        </Button>
        <Button variant="default" onClick={onKeep}>
          Keep it for later
        </Button>
        <Button onClick={onStay} data-autofocus>
          Go on
        </Button>
      </Group>
    </Stack>
  );
}

interface FormProps {
  readonly draft: Editing<NewFlag>;
  readonly onClose: () => void;
}

function Form({ draft, onClose }: FormProps) {
  const { value: flag, set } = draft;
  const every = useQuery(everyFlagQuery);
  const environments = useQuery(environmentsQuery).data ?? [];
  const taken = useMemo(() => new Set(every.data?.items.map(({ key }) => key)), [every.data]);
  const [judged, setJudged] = useState(false);
  const save = useSave(
    flag,
    environments.map(({ key }) => key),
    draft,
  );
  const needsReason = environments.some((each) => each.requireReason);
  const put = (some: Partial<NewFlag>) => set((now) => ({ ...now, ...some }));
  const served = pointed(save.error, "/key");
  return (
    <Stack
      component="form"
      onSubmit={(event) => {
        event.preventDefault();
        setJudged(true);
        if (isWhole(flag, taken) && (flag.reason.trim() || !needsReason)) save.mutate();
      }}
    >
      <TextInput
        label="Key"
        description="What your code asks for. It cannot be changed later."
        required
        data-autofocus
        autoComplete="off"
        spellCheck={false}
        maxLength={101}
        value={flag.key}
        error={keyFault(flag.key, taken) ?? served}
        onChange={(event) => put({ key: event.currentTarget.value.trim() })}
      />
      <TextInput
        label="Name"
        description="A title for people."
        maxLength={200}
        value={flag.name}
        onChange={(event) => put({ name: event.currentTarget.value })}
      />
      <Select
        label="Type"
        data={TYPES.map(({ value, label }) => ({ value, label }))}
        value={flag.type}
        onChange={(type) => type && put({ type })}
        allowDeselect={false}
      />
      {flag.type !== "boolean" && (
        <Variants
          type={flag.type}
          variants={flag.variants}
          onChange={(variants) => put({ variants })}
          judged={judged}
        />
      )}
      {needsReason && (
        <Textarea
          label="Why"
          description="Kept in the history, beside your name."
          required
          value={flag.reason}
          onChange={(event) => put({ reason: event.currentTarget.value.replace(/\n/g, " ") })}
          maxLength={1000}
          autosize
          minRows={1}
        />
      )}
      {save.error && !served && <ProblemNotice error={save.error} />}
      <Text size="sm" c="dimmed">
        {environments.length > 0 &&
          `It is off in ${list(environments.map(({ key, name }) => name ?? key))}: nobody gets anything new until you switch it on.`}
      </Text>
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button type="submit" loading={save.isPending}>
          Create
        </Button>
      </Group>
    </Stack>
  );
}

function useSave(flag: NewFlag, environments: readonly string[], draft: Editing<NewFlag>) {
  const cache = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: () =>
      body(
        api.POST("/api/v1/flags", {
          params: { header: because(flag.reason.trim()) },
          body: bodyOf(flag, environments) as never,
        }),
      ),
    onSuccess: async () => {
      draft.discard();
      void cache.invalidateQueries();
      notifications.show({ message: `${flag.key} is there, and off everywhere.` });
      await navigate({ to: "/flags/$key", params: { key: flag.key } });
    },
  });
}

/** What the service says of one member. */
function pointed(error: unknown, pointer: string): string | null {
  if (!error) return null;
  const problem = problemOf(error);
  if (problem.code === "exists") return problem.detail;
  return problem.errors.find((fault) => fault.pointer === pointer)?.detail ?? null;
}
