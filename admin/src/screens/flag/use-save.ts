import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";

import { problemOf } from "@/api/problem";
import { configurationQuery, flagQuery } from "@/api/queries";
import type { Environment } from "@/components/environment";
import { useReview } from "@/components/review/review";
import { same } from "@/text/diff";

import {
  decisionsOf,
  definitionOf,
  stagesOf,
  type Configuration,
  type Decisions,
  type Definition,
  type Flag,
  type Stage,
} from "./draft";
import type { FlagEditing } from "./use-editing";
import { decisionsWrite, definitionWrite } from "./writes";

/**
 * Reviews and saves the draft: one review for what is decided here, and one for the definition where that is changed,
 * too. Where the second does not come about, what is left of the draft stays, and that is said.
 */
export function useSave(
  key: string,
  environment: Environment,
  guarded: boolean,
  editing: FlagEditing,
): () => Promise<void> {
  const review = useReview();
  const cache = useQueryClient();
  const { decisions, definition, rerandomise } = editing;

  const saveDefinition = async (after: Definition, title?: string) => {
    const now = await cache.query({ ...flagQuery(key), staleTime: 0 });
    const theirs = definitionOf(now);
    const untouched = same(definition.base, theirs);
    const written = await review(
      definitionWrite({
        guarded,
        key,
        base: untouched ? theirs : definition.base,
        after,
        version: untouched ? now.version : definition.version,
        title,
        onRebase: definition.rebase,
      }),
    );
    if (!written) return false;
    if (written.document) cache.setQueryData(flagQuery(key).queryKey, written.document as Flag);
    if (same(after, definition.value)) definition.discard();
    else definition.rebase(after, written.version ?? now.version, definition.value);
    return true;
  };

  const saveDecisions = async (after: Decisions, title?: string) => {
    // A change of the definition gives every configuration a new version, and decides nothing: it is no conflict.
    const now = await cache.query({ ...configurationQuery(environment.key, key), staleTime: 0 });
    const untouched = same(decisions.base, decisionsOf(now));
    const version = untouched ? now.version : decisions.version;
    const { base, rebase } = decisions;
    const written = await review(
      decisionsWrite({ environment, key, base, after, version, rerandomise, title, onRebase: rebase }),
    );
    if (!written) return false;
    if (written.document)
      cache.setQueryData(
        configurationQuery(environment.key, key).queryKey,
        written.document as Configuration,
      );
    decisions.discard();
    editing.allow(false);
    return true;
  };

  const saveAll = async () => {
    const stages = stagesOf(definition, decisions);
    for (const [i, stage] of stages.entries()) {
      const title = stages.length > 1 ? `${step(i, stages.length)}: ${TITLES[stage.kind](key)}` : undefined;
      const saved = await (stage.kind === "definition"
        ? saveDefinition(stage.after, title)
        : saveDecisions(stage.after, title));
      if (saved) continue;
      if (i > 0)
        notifications.show({
          title: "Saved in part",
          message: LEFT[stage.kind],
          autoClose: false,
          color: "yellow",
        });
      return;
    }
  };
  return () => saveAll().catch(notSaved);
}

/** What is current could not be read, so that there is nothing to review. */
function notSaved(error: unknown): void {
  const { title, detail } = problemOf(error);
  notifications.show({ title: "Nothing was saved", message: detail || title, color: "red" });
}

function step(i: number, of: number): string {
  return `Step ${String(i + 1)} of ${String(of)}`;
}

const TITLES: Readonly<Record<Stage["kind"], (key: string) => string>> = {
  definition: (key) => `the definition of ${key}`,
  decisions: (key) => `what ${key} decides here`,
};

const LEFT: Readonly<Record<Stage["kind"], string>> = {
  definition:
    "What the flag decides here is saved; its definition is not yet. The rest of the draft is kept.",
  decisions: "The definition is saved; what the flag decides here is not yet. The rest of the draft is kept.",
};
