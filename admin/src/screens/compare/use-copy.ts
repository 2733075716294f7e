import { useState } from "react";

import { api, body } from "@/api/client";
import type { Environment } from "@/components/environment";
import { rehearsed } from "@/components/records/rehearsed";
import { useReview } from "@/components/review/review";
import { rehearsal, type Sending, type Write, type Written } from "@/components/review/write";
import type { Document } from "@/text/diff";
import { count } from "@/text/numbers";

import { asked, nameOf, type Item } from "./choice";

/** What became of each document that was picked. */
export interface Outcome {
  readonly to: Environment;
  readonly revision: number;
  readonly items: readonly { readonly item: Item; readonly said: string }[];
}

/** Copies picked items: rehearsed, reviewed once, then done as one change; and tells what became of each. */
export function useCopy() {
  const review = useReview();
  const [asking, setAsking] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [outcome, setOutcome] = useState<Outcome | null>(null);

  const copy = async (from: Environment, to: Environment, items: readonly Item[]): Promise<boolean> => {
    setAsking(true);
    setError(null);
    setOutcome(null);
    try {
      const write = await prepared(from, to, items);
      setAsking(false);
      const written = await review(write);
      if (written)
        setOutcome({ to, revision: written.revision, items: items.map((item) => told(item, to, written)) });
      return written !== null;
    } catch (failure) {
      setError(failure);
      return false;
    } finally {
      setAsking(false);
    }
  };
  return { copy, asking, error, outcome, forget: () => setOutcome(null) };
}

async function prepared(from: Environment, to: Environment, items: readonly Item[]): Promise<Write> {
  const environment = to.key;
  const send = ({ query, headers }: Sending) =>
    body(
      api.POST("/api/v1/environments/{environment}/copy", {
        params: { path: { environment }, query, header: headers },
        body: asked(from.key, items),
      }),
    );
  const now = await body(
    api.GET("/api/v1/environments/{environment}/snapshot", { params: { path: { environment } } }),
  );
  const many = count(items.length, "document");
  const write: Write = {
    title: `Copy ${many} from ${from.key} to ${to.key}`,
    environment: to,
    before: null,
    after: null,
    version: now.revision,
    danger: to.protected
      ? `${to.name ?? to.key} takes over ${many} as ${from.name ?? from.key} has ${items.length === 1 ? "it" : "them"}, tables and salts included.`
      : undefined,
    verb: "Copy",
    back: "Leave it as it is",
    send,
  };
  const tried = await send(rehearsal(write, ""));
  const here = new Map(Object.entries(now.documents as Readonly<Record<string, Document>>));
  return { ...write, documents: rehearsed(tried, here) };
}

function told(item: Item, to: Environment, written: Written): Outcome["items"][number] {
  if (!(nameOf(item) in (written.documents ?? {}))) return { item, said: "was the same already" };
  return { item, said: item.sides[to.key] ? "replaced what was there" : "is new there" };
}
