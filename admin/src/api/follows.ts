/** What a query's answer depends on: documents of these kinds, in one environment or (`*`) in any. */
export interface Topic {
  readonly kind: string;
  readonly environment: string;
  readonly key?: string;
}

declare module "@tanstack/react-query" {
  interface Register {
    queryMeta: { follows?: readonly Topic[] };
  }
}

/** Follow one kind of document: everywhere, in an environment, or one of them. */
export function topic(kind: string, environment = "*", key?: string): Topic {
  return key === undefined ? { kind, environment } : { kind, environment, key };
}

/** Whether what happened concerns one who follows this. */
export function concerns(topic: Topic, happened: Topic): boolean {
  return (
    (topic.kind === "*" || topic.kind === happened.kind) &&
    (topic.environment === "*" || topic.environment === happened.environment) &&
    (topic.key === undefined || happened.key === undefined || topic.key === happened.key)
  );
}
