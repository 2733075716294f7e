import { api, body } from "@/api/client";
import type { Environment } from "@/components/environment";
import type { Write, Written } from "@/components/review/write";
import type { Document } from "@/text/diff";

import { danger, decisionsOf, definitionBody, definitionOf, type Decisions, type Definition } from "./draft";

type Sent = Parameters<Write["send"]>[0];

/** Sends decisions; `rerandomise` allows to draw every unit anew. */
export function sendDecisions(
  environment: string,
  key: string,
  of: Decisions,
  sending: Sent,
  rerandomise = false,
): Promise<Written> {
  return body(
    api.PUT("/api/v1/environments/{environment}/flags/{key}", {
      params: {
        path: { environment, key },
        query: { ...sending.query, ...(rerandomise ? { rerandomise } : {}) },
        header: sending.headers,
      },
      body: of as never,
    }),
  );
}

interface DecisionsWrite {
  readonly environment: Environment;
  readonly key: string;
  readonly base: Decisions;
  readonly after: Decisions;
  readonly version: number;
  readonly rerandomise: boolean;
  readonly title?: string;
  /** Told when the edit goes on, on top of what somebody else saved. */
  readonly onRebase: (base: Decisions, version: number, merged: Decisions) => void;
}

/** The write of what a flag decides in one environment. */
export function decisionsWrite(edit: DecisionsWrite): Write {
  const { environment, key, base, after, version, rerandomise, onRebase } = edit;
  return {
    title: edit.title ?? `Save ${key} in ${environment.name ?? environment.key}`,
    environment,
    before: base,
    after,
    version,
    danger: danger(base, after, rerandomise),
    send: (sending) => sendDecisions(environment.key, key, after, sending, rerandomise),
    conflict: {
      base,
      mine: after,
      read: () => readDecisions(environment.key, key),
      resolve: (theirs, newest, merged) => {
        onRebase(theirs as Decisions, newest, merged as Decisions);
        return decisionsWrite({
          ...edit,
          base: theirs as Decisions,
          after: merged as Decisions,
          version: newest,
        });
      },
    },
  };
}

async function readDecisions(environment: string, key: string) {
  const now = await body(
    api.GET("/api/v1/environments/{environment}/flags/{key}", { params: { path: { environment, key } } }),
  );
  return { document: decisionsOf(now) as Document, version: now.version };
}

interface DefinitionWrite {
  /** Whether one of the environments wants to know why. */
  readonly guarded: boolean;
  readonly key: string;
  readonly base: Definition;
  readonly after: Definition;
  readonly version: number;
  readonly title?: string;
  readonly onRebase: (base: Definition, version: number, merged: Definition) => void;
}

/** The write of a flag's definition, which counts in every environment. */
export function definitionWrite(edit: DefinitionWrite): Write {
  const { guarded, key, base, after, version, onRebase } = edit;
  return {
    title: edit.title ?? `Save the definition of ${key}, for all environments`,
    why: guarded ? "required" : undefined,
    before: base as unknown as Document,
    after: after as unknown as Document,
    version,
    send: (sending) =>
      body(
        api.PUT("/api/v1/flags/{key}", {
          params: { path: { key }, query: sending.query, header: sending.headers },
          body: definitionBody(after),
        }),
      ),
    conflict: {
      base: base as unknown as Document,
      mine: after as unknown as Document,
      read: async () => {
        const now = await body(api.GET("/api/v1/flags/{key}", { params: { path: { key } } }));
        return { document: definitionOf(now) as unknown as Document, version: now.version };
      },
      resolve: (theirs, newest, merged) => {
        onRebase(theirs as unknown as Definition, newest, merged as unknown as Definition);
        return definitionWrite({
          ...edit,
          base: theirs as unknown as Definition,
          after: merged as unknown as Definition,
          version: newest,
        });
      },
    },
  };
}
