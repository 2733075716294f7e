import { useState } from "react";

import type { Faults } from "@/components/conditions";
import type { Environment } from "@/components/environment";
import { useRehearsal, type Rehearsal } from "@/components/splits";
import { merge } from "@/drafts/merge";
import { useDraft, type Editing } from "@/drafts/use-draft";
import { same, type Document } from "@/text/diff";

import {
  decisionsOf,
  definitionOf,
  type Configuration,
  type Decisions,
  type Definition,
  type Flag,
} from "./draft";
import { unready } from "./unready";
import { sendDecisions } from "./writes";

/** Everything about the edit of one flag in one environment. */
export interface FlagEditing {
  readonly decisions: Editing<Decisions>;
  readonly definition: Editing<Definition>;
  readonly changed: boolean;
  /** Somebody saved something else than what this edit began from. */
  readonly arrived: boolean;
  /** Mine and theirs put together; null where they contradict, or nothing has arrived. */
  readonly together: Decisions | null;
  readonly rehearsal: Rehearsal;
  readonly faults: Faults;
  /** Why the service cannot be asked who moves yet; null when it is asked. */
  readonly blocked: string | null;
  /** The service wants to be told that every unit may be drawn anew. */
  readonly asks: boolean;
  readonly rerandomise: boolean;
  readonly allow: (rerandomise: boolean) => void;
  /** All variants, also those that are not saved yet. */
  readonly names: readonly string[];
  /** Variants that the definition has here and not yet in the service. */
  readonly unsaved: readonly string[];
  readonly discard: () => void;
}

interface Edited {
  readonly environment: Environment;
  readonly flag: Flag;
  readonly configuration: Configuration;
}

/** One draft over the whole flag here: its definition, and what it decides in this environment. */
export function useEditing({ environment, flag, configuration }: Edited): FlagEditing {
  const current = decisionsOf(configuration);
  const decisions = useDraft(`${environment.key}/flag/${flag.key}`, current, configuration.version);
  const definition = useDraft(`flag/${flag.key}`, definitionOf(flag as Document), flag.version);
  const [rerandomise, allow] = useState(false);

  const arrived = decisions.behind && !same(decisions.base, current);
  const local = unready(decisions.value);
  const names = Object.keys(definition.value.variants);
  const unsaved = names.filter((name) => !(name in flag.variants));
  const blocked = blockedBy(arrived, unsaved.length > 0, local.length > 0);
  const rehearsal = useRehearsal(
    {
      place: [environment.key, flag.key],
      value: decisions.value,
      version: configuration.version,
      rerandomise,
    },
    decisions.changed && !blocked,
    ({ value, version, rerandomise: allowed }) =>
      sendDecisions(
        environment.key,
        flag.key,
        value,
        rehearsing(environment.protected ? version : null),
        allowed,
      ),
  );
  return {
    decisions,
    definition,
    changed: decisions.changed || definition.changed,
    arrived,
    together: arrived ? put(decisions, current) : null,
    rehearsal,
    blocked,
    faults: [...local, ...(rehearsal.problem?.errors ?? [])],
    asks: decisions.changed && (rerandomise || rehearsal.problem?.code === "rerandomise-required"),
    rerandomise: rerandomise && decisions.changed,
    allow,
    names,
    unsaved,
    discard: () => {
      decisions.discard();
      definition.discard();
      allow(false);
    },
  };
}

function blockedBy(arrived: boolean, unsaved: boolean, incomplete: boolean): string | null {
  if (arrived) return "known once the newer revision is taken in.";
  if (incomplete) return "known once everything is filled in.";
  return unsaved ? "known once the new variants are saved, which comes first." : null;
}

/** Mine and theirs in one, or null where they contradict. */
function put({ base, value }: Editing<Decisions>, theirs: Decisions): Decisions | null {
  const { merged, conflicts } = merge(base, value, theirs);
  return conflicts.length ? null : merged;
}

/** Only what is protected asks for a version; elsewhere a rehearsal is about whatever is in force by then. */
function rehearsing(version: number | null) {
  const match: Record<string, string> = version === null ? {} : { "If-Match": `"${String(version)}"` };
  return { query: { dryRun: true }, headers: { ...match, "X-Change-Reason": "rehearsal" } };
}
