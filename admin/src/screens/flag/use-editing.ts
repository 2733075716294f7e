import { useQueryClient } from "@tanstack/react-query";
import { notifications } from "@mantine/notifications";
import { useState } from "react";

import { configurationQuery, flagQuery } from "@/api/queries";
import { unfinished, type Faults } from "@/components/conditions";
import type { Environment } from "@/components/environment";
import { useReview } from "@/components/review/review";
import { useRehearsal, type Rehearsal } from "@/components/splits";
import { merge } from "@/drafts/merge";
import { useDraft, type Editing } from "@/drafts/use-draft";
import { same, type Document } from "@/text/diff";

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
import { decisionsWrite, definitionWrite, sendDecisions } from "./writes";

/** Everything about the edit of one flag in one environment. */
export interface FlagEditing {
  readonly decisions: Editing<Decisions>;
  readonly definition: Editing<Definition>;
  readonly changed: boolean;
  /** Somebody saved something else than this edit began from. */
  readonly arrived: boolean;
  /** What the service would take over if both were put together; null where they contradict. */
  readonly together: Decisions | null;
  readonly rehearsal: Rehearsal;
  readonly faults: Faults;
  /** The service wants to be told that every unit may be drawn anew. */
  readonly asksToRerandomise: boolean;
  readonly rerandomise: boolean;
  readonly allowRerandomise: (allowed: boolean) => void;
  /** Variants that the definition does not have yet and the decisions serve already. */
  readonly names: readonly string[];
  readonly save: () => Promise<void>;
  readonly discard: () => void;
}

interface Edited {
  readonly environment: Environment;
  /** Whose rules a change of the definition has to keep: the strictest of all. */
  readonly strictest: Environment | undefined;
  readonly flag: Flag;
  readonly configuration: Configuration;
}

/** One draft over the whole flag here: its definition, and what it decides in this environment. */
export function useEditing({ environment, strictest, flag, configuration }: Edited): FlagEditing {
  const key = flag.key;
  const current = decisionsOf(configuration as Document);
  const decisions = useDraft(`${environment.key}/flag/${key}`, current, configuration.version);
  const definition = useDraft(`flag/${key}`, definitionOf(flag as Document), flag.version);
  const [consent, setConsent] = useState(false);
  const review = useReview();
  const cache = useQueryClient();

  const arrived = decisions.behind && !same(decisions.base, current);
  const merged = arrived ? merge(decisions.base, decisions.value, current) : null;
  const together = merged && !merged.conflicts.length ? merged.merged : null;
  const local = unready(decisions.value);
  const unsaved = Object.keys(definition.value.variants).some((name) => !(name in flag.variants));
  const asked = together ?? decisions.value;
  const rehearsal = useRehearsal(
    { place: [environment.key, key], asked, version: configuration.version, consent },
    decisions.changed && !unsaved && !local.length,
    (of) =>
      sendDecisions(
        environment.key,
        key,
        of.asked,
        {
          query: { dryRun: true },
          headers: { "If-Match": `"${String(of.version)}"`, "X-Change-Reason": "rehearsal" },
        },
        of.consent,
      ),
  );
  const asksToRerandomise =
    rehearsal.problem?.code === "rerandomise-required" || (consent && decisions.changed);

  const save = async () => {
    const stages = stagesOf(definition, decisions);
    for (const [i, stage] of stages.entries()) {
      const title =
        stages.length > 1
          ? `Step ${String(i + 1)} of ${String(stages.length)}: ${TITLES[stage.kind](key)}`
          : undefined;
      if (await saveStage(stage, title)) continue;
      if (i > 0)
        notifications.show({
          color: "yellow",
          title: "Saved in part",
          message: LEFT[stage.kind],
          autoClose: false,
        });
      return;
    }
    setConsent(false);
  };

  const saveStage = async (stage: Stage, title: string | undefined): Promise<boolean> => {
    const written = await (stage.kind === "definition"
      ? saveDefinition(stage.after, title)
      : saveDecisions(stage.after, title));
    return written !== null;
  };

  const saveDefinition = async (after: Definition, title: string | undefined) => {
    const now = await cache.fetchQuery({ ...flagQuery(key), staleTime: 0 });
    const untouched = same(definition.base, definitionOf(now as Document));
    const last = same(after, definition.value);
    const version = untouched ? now.version : definition.version;
    const written = await review(
      definitionWrite({
        environment: strictest,
        key,
        base: untouched ? definitionOf(now as Document) : definition.base,
        after,
        version,
        title,
        onRebase: definition.rebase,
      }),
    );
    if (!written) return null;
    if (written.document) cache.setQueryData(flagQuery(key).queryKey, written.document as unknown as Flag);
    if (last) definition.discard();
    return written;
  };

  const saveDecisions = async (after: Decisions, title: string | undefined) => {
    // A change of the definition gives every configuration a new version, and decides nothing.
    const now = await cache.fetchQuery({ ...configurationQuery(environment.key, key), staleTime: 0 });
    const untouched = same(decisions.base, decisionsOf(now as Document));
    const written = await review(
      decisionsWrite({
        environment,
        key,
        base: decisions.base,
        after,
        version: untouched ? now.version : decisions.version,
        rerandomise: consent,
        title,
        onRebase: decisions.rebase,
      }),
    );
    if (!written) return null;
    if (written.document)
      cache.setQueryData(
        configurationQuery(environment.key, key).queryKey,
        written.document as unknown as Configuration,
      );
    decisions.discard();
    return written;
  };

  return {
    decisions,
    definition,
    changed: decisions.changed || definition.changed,
    arrived,
    together,
    rehearsal,
    faults: [...local, ...(rehearsal.problem?.errors ?? [])],
    asksToRerandomise,
    rerandomise: consent,
    allowRerandomise: setConsent,
    names: Object.keys(definition.value.variants),
    save,
    discard: () => {
      decisions.discard();
      definition.discard();
      setConsent(false);
    },
  };
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

/** What this screen knows to be incomplete, by the pointers of the service. */
function unready(of: Decisions): Faults {
  const rules = of.rules.flatMap((rule, i) =>
    unfinished(rule.when).map((fault) => ({ ...fault, pointer: `/rules/${String(i)}/when${fault.pointer}` })),
  );
  const targets = of.targets.flatMap((target, i) =>
    target.units.length ? [] : [missing(`/targets/${String(i)}/units`, "List at least one unit.")],
  );
  const prerequisites = of.prerequisites.flatMap((one, i) => [
    ...(one.flag ? [] : [missing(`/prerequisites/${String(i)}/flag`, "Choose a flag.")]),
    ...(one.variants.length
      ? []
      : [missing(`/prerequisites/${String(i)}/variants`, "Choose at least one variant.")]),
  ]);
  return [...prerequisites, ...targets, ...rules];
}

function missing(pointer: string, detail: string) {
  return { pointer, code: "unfinished", detail };
}
