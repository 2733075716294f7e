import { api, body, type Schemas } from "@/api/client";
import type { Environment } from "@/components/environment";
import type { Write } from "@/components/review/write";

import { weakened } from "./protection";

export interface Fields {
  readonly key: string;
  readonly name: string;
  readonly description: string;
  readonly protected: boolean;
  readonly requireReason: boolean;
  readonly copyFrom: string | null;
}

const members = ({ name, description, protected: guarded, requireReason }: Fields) => ({
  name: name.trim() || null,
  description: description.trim() || null,
  protected: guarded,
  requireReason,
});

/** The write that makes an environment. */
export function creation(fields: Fields): Write {
  const { key, copyFrom } = fields;
  const document = { key, ...members(fields), ...(copyFrom ? { copyFrom } : {}) };
  return {
    title: `Create the environment ${key}`,
    before: null,
    after: document,
    verb: "Create",
    send: ({ query, headers }) =>
      body(
        api.POST("/api/v1/environments", {
          params: { query, header: headers },
          body: document as Schemas["EnvironmentCreate"],
        }),
      ),
  };
}

/** The write that changes an environment's texts and policy. */
export function edition(environment: Environment, fields: Fields): Write {
  const { name, description, protected: guarded, requireReason } = environment;
  const after = members(fields);
  return {
    title: `Save ${environment.key}`,
    environment,
    before: { name: name ?? null, description: description ?? null, protected: guarded, requireReason },
    after,
    version: environment.version,
    danger: weakened(environment, fields),
    send: ({ query, headers }) =>
      body(
        api.PUT("/api/v1/environments/{environment}", {
          params: { path: { environment: environment.key }, query, header: headers },
          body: after as Schemas["EnvironmentReplace"],
        }),
      ),
  };
}

/** The write that closes an environment for good. */
export function closing(environment: Environment): Write {
  return {
    title: `Archive ${environment.key}`,
    environment,
    before: null,
    after: null,
    version: environment.version,
    verb: "Archive for good",
    danger:
      "This cannot be undone. Nothing in it can be read or changed any more, and whoever follows it gets nothing new; its history stays.",
    send: ({ query, headers }) =>
      body(
        api.POST("/api/v1/environments/{environment}/archive", {
          params: { path: { environment: environment.key }, query, header: headers },
        }),
      ),
  };
}
