import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { api, body } from "@/api/client";
import type { Environment } from "@/components/environment";
import { carried } from "@/components/records/carried";
import { rehearsed } from "@/components/records/rehearsed";
import { useReview } from "@/components/review/review";
import { rehearsal, type Sending, type Write, type Written } from "@/components/review/write";
import { kindWord } from "@/text/deeds";
import type { Document } from "@/text/diff";
import { list } from "@/text/numbers";

import { activeRolloutsQuery, diffQuery, headQuery, kindOf } from "./queries";
import { oldWeights, setWeights, waysOf, type OldWeights } from "./restorable";

/** A document, and the revision whose form it shall have again. */
export interface Target {
  readonly kind: string;
  readonly key: string;
  readonly revision: number;
}

/** One way back, with a name, what it means, and the write that does it. */
export interface Way {
  readonly title: string;
  readonly meaning: string;
  readonly write: Write;
}

export type Restoring =
  | { readonly state: "asking"; readonly target: Target | null }
  | { readonly state: "choice"; readonly target: Target; readonly ways: readonly Way[] }
  | { readonly state: "failed"; readonly error: unknown };

/** Ways back: of a document, where the stored table and the old weights may be two of them, or of all documents. */
export function useRestore(environment: Environment) {
  const cache = useQueryClient();
  const review = useReview();
  const [restoring, setRestoring] = useState<Restoring | null>(null);

  const attempt = async (target: Target | null, way: () => Promise<void>) => {
    setRestoring({ state: "asking", target });
    try {
      await way();
    } catch (error) {
      setRestoring({ state: "failed", error });
    }
  };

  const open = async (write: Write) => {
    setRestoring(null);
    await review(write);
  };

  const waysNow = async (target: Target): Promise<readonly Way[]> => {
    const head = await cache.query({ ...headQuery(environment.key), staleTime: 0 });
    const of = { environment: environment.key, kind: kindOf(target.kind), key: target.key };
    const [rollouts, ways] = await Promise.all([
      cache.query({ ...activeRolloutsQuery(environment.key), staleTime: 0 }),
      waysBack(environment, target, (revision) => cache.query(diffQuery(of, revision, head?.revision ?? 0))),
    ]);
    const moving = rollouts.filter(({ targets }) =>
      targets.some(({ kind, key }) => kind === target.kind && key === target.key),
    );
    const danger = aborts(moving.map(({ key }) => key));
    return ways.map((way) => ({
      ...way,
      write: { ...way.write, danger, again: () => again(target, way.title) },
    }));
  };

  /** The same way back from what is there by now; where it is none any more, the table as it was stored. */
  const again = async (target: Target, title: string): Promise<Write> => {
    const ways = await waysNow(target);
    const way = ways.find((each) => each.title === title) ?? ways[0];
    if (!way) throw new Error("There is nothing to restore any more.");
    return way.write;
  };

  const document = (target: Target) =>
    attempt(target, async () => {
      const [first, ...others] = await waysNow(target);
      if (first && !others.length) await open(first.write);
      else if (first) setRestoring({ state: "choice", target, ways: [first, ...others] });
    });

  const wholeNow = async (revision: number): Promise<Write> => {
    const [head, rollouts] = await Promise.all([
      cache.query({ ...headQuery(environment.key), staleTime: 0 }),
      cache.query({ ...activeRolloutsQuery(environment.key), staleTime: 0 }),
    ]);
    const version = head?.revision ?? 0;
    const send = (sending: Sending) => revertAll(environment.key, revision, sending);
    const draft: Write = {
      title: `Restore everything as of revision ${String(revision)}`,
      environment,
      before: null,
      after: null,
      version,
      danger: ["The whole environment goes back.", aborts(rollouts.map(({ key }) => key))]
        .filter(Boolean)
        .join(" "),
      verb: "Restore everything",
      back: "Leave it as it is",
      send,
      again: () => wholeNow(revision),
    };
    const [tried, then] = await Promise.all([
      send(rehearsal(draft, "")),
      cache.query(diffQuery({ environment: environment.key }, version, revision)),
    ]);
    const now = new Map(then.items.map(({ kind, key, before: was }) => [`${kind}/${key}`, was]));
    return { ...draft, documents: rehearsed(tried, now) };
  };

  const whole = (revision: number) => attempt(null, async () => open(await wholeNow(revision)));

  return { restoring, document, whole, choose: open, close: () => setRestoring(null) };
}

function revertAll(environment: string, revision: number, { query, headers }: Sending): Promise<Written> {
  return body(
    api.POST("/api/v1/environments/{environment}/revert", {
      params: { path: { environment }, query, header: headers },
      body: { revision },
    }),
  );
}

type Diffed = readonly {
  readonly kind: string;
  readonly key: string;
  readonly before: Document | null;
  readonly after: Document | null;
}[];

async function waysBack(
  environment: Environment,
  { kind, key, revision }: Target,
  difference: (from: number) => Promise<{ readonly items: Diffed }>,
): Promise<readonly Way[]> {
  const kinds = waysOf(kind);
  if (!kinds) throw new Error(`A ${kindWord(kind)} is a record of what was done: it cannot be restored.`);
  const path = { environment: environment.key, key };
  const [current, { items }] = await Promise.all([kinds.read(path), difference(revision)]);
  const now = carried(kind, current);
  const then = items[0] ? items[0].before : current;
  const common = { environment, version: current.version, back: "Leave it as it is" };
  const stored: Way = {
    title: "Restore it as it was stored",
    meaning: "With its tables: exactly the units of then get what they got then.",
    write: {
      ...common,
      title: `Restore ${kindWord(kind)} ${key} as of revision ${String(revision)}`,
      before: now,
      after: then && carried(kind, then),
      verb: "Restore",
      send: (sending) => kinds.revert(path, revision, sending),
    },
  };
  if (!then) return [stored];
  return [
    stored,
    ...oldWeights(kind, now, carried(kind, then)).map((old) => oldAgain(old, path, kind, now, common)),
  ];
}

function oldAgain(
  old: OldWeights,
  path: { readonly environment: string; readonly key: string },
  kind: string,
  now: Document,
  common: Pick<Write, "environment" | "version" | "back">,
): Way {
  const place = old.rule ? ` (${old.place.toLowerCase()})` : "";
  return {
    title: `Set these weights again${place}`,
    meaning: "Only the shares of then; as few units as possible move, and the rest stays as it is now.",
    write: {
      ...common,
      title: `Set the old weights of ${kindWord(kind)} ${path.key} again${place}`,
      before: now,
      after: old.after,
      verb: "Set the weights",
      send: (sending) => setWeights(kind, path, old, sending),
    },
  };
}

function aborts(rollouts: readonly string[]): string | undefined {
  if (!rollouts.length) return undefined;
  const subject = rollouts.length === 1 ? "A rollout is" : "Rollouts are";
  return `${subject} under way: ${list(rollouts)} will be aborted first, and puts back whatever else it moved.`;
}
