import { Button, Group, Paper, Text, TextInput } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";

import { api, body } from "@/api/client";
import type { Environment } from "@/components/environment";
import { PlanEditor } from "@/components/plan/plan-editor";
import { useReview } from "@/components/review/review";
import type { Write } from "@/components/review/write";
import { Notice } from "@/components/tag";
import { useDraft, type Editing } from "@/drafts/use-draft";
import type { Document } from "@/text/diff";

import { bodyOf, documentOf, type PlanDocument } from "./document";
import styles from "./plan.module.css";

interface PlanFormProps {
  readonly environment: Environment;
  /** The key that it is stored under; null for a new one. */
  readonly stored: string | null;
  readonly current: PlanDocument;
  readonly version: number;
}

/** The editor of one plan with its pending changes: reviewed, and saved on top of the version that was read. */
export function PlanForm({ environment, stored, current, version }: PlanFormProps) {
  const draft = useDraft(`${environment.key}/plan/${stored ?? ""}`, current, version);
  const save = useSave(environment, stored, draft);
  const archive = useArchive(environment, stored, version);
  const { value, set } = draft;
  const text = (name: "key" | "name" | "owner" | "description") => ({
    value: value[name],
    onChange: (event: { currentTarget: { value: string } }) =>
      set({ ...value, [name]: event.currentTarget.value }),
  });
  return (
    <>
      {draft.behind && (
        <Notice tone="warn" title="A newer version has arrived">
          Version {version} was saved while you were editing. Saving shows both and asks where they
          contradict.
        </Notice>
      )}
      <div className={styles.texts}>
        {stored === null && <TextInput label="Key" required {...text("key")} placeholder="checkout-canary" />}
        <TextInput label="Name" {...text("name")} />
        <TextInput label="Owner" {...text("owner")} />
        <TextInput label="Description" {...text("description")} />
      </div>
      <PlanEditor
        environment={environment.key}
        plan={value.plan}
        onChange={(plan) => set((now) => ({ ...now, plan }))}
      />
      {stored !== null && (
        <Group>
          <Button variant="default" size="compact-sm" onClick={() => void archive()}>
            Archive this plan
          </Button>
        </Group>
      )}
      {draft.changed && (
        <Paper className={styles.pending} role="region" aria-label="Pending changes">
          <Text size="sm" mr="auto">
            Not saved yet; kept in this browser.
          </Text>
          <Group gap="xs">
            <Button variant="default" onClick={draft.discard}>
              Discard
            </Button>
            <Button disabled={!value.key} onClick={() => void save()}>
              Review
            </Button>
          </Group>
        </Paper>
      )}
    </>
  );
}

function useSave(environment: Environment, stored: string | null, draft: Editing<PlanDocument>) {
  const review = useReview();
  const navigate = useNavigate();
  return async () => {
    const write =
      stored === null
        ? creation(environment, draft.value)
        : replacement(environment, stored, draft.base, draft.value, draft.version);
    if (!(await review(write))) return;
    draft.discard();
    if (stored === null)
      void navigate({ to: "/plans/$env/$key", params: { env: environment.key, key: draft.value.key } });
  };
}

function creation(environment: Environment, document: PlanDocument): Write {
  return {
    title: `Create plan ${document.key}`,
    environment,
    before: null,
    after: bodyOf(document),
    verb: "Create",
    send: ({ query, headers }) =>
      body(
        api.POST("/api/v1/environments/{environment}/plans", {
          params: { path: { environment: environment.key }, query, header: headers },
          body: bodyOf(document),
        }),
      ),
  };
}

function replacement(
  environment: Environment,
  key: string,
  base: PlanDocument,
  mine: PlanDocument,
  version: number,
): Write {
  const path = { environment: environment.key, key };
  return {
    title: `Save plan ${key}`,
    environment,
    before: bodyOf(base),
    after: bodyOf(mine),
    version,
    send: ({ query, headers }) =>
      body(
        api.PUT("/api/v1/environments/{environment}/plans/{key}", {
          params: { path, query, header: headers },
          body: bodyOf(mine),
        }),
      ),
    conflict: {
      base: bodyOf(base),
      mine: bodyOf(mine),
      read: async () => {
        const stored = await body(
          api.GET("/api/v1/environments/{environment}/plans/{key}", { params: { path } }),
        );
        return { document: bodyOf(documentOf(stored)), version: stored.version };
      },
      resolve: (theirs, newer, merged) =>
        replacement(environment, key, again(theirs, base), again(merged, mine), newer),
    },
  };
}

/** A body as a document again. */
function again(given: Document, like: PlanDocument): PlanDocument {
  return documentOf({ ...given, key: like.key, tags: given["tags"] ?? [] } as never);
}

function useArchive(environment: Environment, stored: string | null, version: number) {
  const review = useReview();
  const navigate = useNavigate();
  return async () => {
    if (stored === null) return;
    const written = await review({
      title: `Archive plan ${stored}`,
      environment,
      before: null,
      after: null,
      version,
      verb: "Archive",
      follows: "No rollout can be begun with it any more. Those that copied it go on; it can be restored.",
      send: ({ query, headers }) =>
        body(
          api.POST("/api/v1/environments/{environment}/plans/{key}/archive", {
            params: { path: { environment: environment.key, key: stored }, query, header: headers },
          }),
        ),
    });
    if (written) void navigate({ to: "/plans", search: { env: environment.key } });
  };
}
