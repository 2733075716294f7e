import { api, body, type Schemas } from "@/api/client";
import type { Environment } from "@/components/environment";
import type { Sending, Write } from "@/components/review/write";
import type { Binding } from "@/components/standing";

export type Command = "retry" | "resume" | "on" | "off" | "archive";

interface Sentence {
  readonly title: string;
  readonly verb: string;
  readonly danger?: string;
}

const SENTENCES: Readonly<Record<Command, Sentence>> = {
  retry: { title: "Tell the routers of", verb: "Tell them again" },
  resume: {
    title: "Resume",
    verb: "Resume",
    danger: "Its routers are told again, over what somebody else has written.",
  },
  on: { title: "Switch on", verb: "Switch on" },
  off: {
    title: "Switch off",
    verb: "Switch off",
    danger: "Its routers stay as they are: they follow no change of the split, and nobody looks.",
  },
  archive: {
    title: "Archive",
    verb: "Archive",
    danger: "Its routers stay as they are, and are free for another binding.",
  },
};

/** The write of a command about a binding. */
export function commanding(environment: Environment, binding: Binding, command: Command): Write {
  const { title, ...sentence } = SENTENCES[command];
  const switches = command === "on" || command === "off";
  return {
    ...sentence,
    title: `${title} ${binding.key}`,
    environment,
    before: switches ? { enabled: binding.enabled } : null,
    after: switches ? { enabled: command === "on" } : null,
    version: binding.version,
    send: (sending) => send(environment.key, binding.key, command, sending),
  };
}

function send(environment: string, key: string, command: Command, { query, headers }: Sending) {
  const params = { path: { environment, key }, query, header: headers };
  if (command === "on" || command === "off")
    return body(
      api.PATCH("/api/v1/environments/{environment}/bindings/{key}", {
        params,
        body: { enabled: command === "on" },
        headers: { "Content-Type": "application/merge-patch+json" },
      }),
    );
  return body(api.POST(`/api/v1/environments/{environment}/bindings/{key}/${command}`, { params }));
}

export type Fields = Pick<Binding, "key" | "routers" | "drift" | "onFailure" | "deadlineSeconds">;

/** The write that makes a binding, or changes one. */
export function bindingOf(
  environment: Environment,
  split: string,
  before: Binding | null,
  fields: Fields,
): Write {
  const { key, ...rest } = fields;
  const members = { split, ...rest };
  const kept = before && {
    split: before.split,
    routers: before.routers,
    drift: before.drift,
    onFailure: before.onFailure,
    deadlineSeconds: before.deadlineSeconds,
  };
  return {
    title: before ? `Save the binding ${key}` : `Bind ${split} to routers`,
    environment,
    before: kept,
    after: members,
    version: before?.version,
    verb: before ? "Save" : "Bind",
    send: ({ query, headers }) =>
      before
        ? body(
            api.PATCH("/api/v1/environments/{environment}/bindings/{key}", {
              params: { path: { environment: environment.key, key }, query, header: headers },
              body: members,
              headers: { "Content-Type": "application/merge-patch+json" },
            }),
          )
        : body(
            api.POST("/api/v1/environments/{environment}/bindings", {
              params: { path: { environment: environment.key }, query, header: headers },
              body: { key, ...members } as Schemas["BindingCreate"],
            }),
          ),
  };
}
