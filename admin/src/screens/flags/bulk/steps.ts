import { api, body } from "@/api/client";
import type { Sending, Written } from "@/components/review/write";
import { cellSaid } from "@/text/cells";

import type { Flag, MatrixEnvironment } from "../filter";

/** One thing to do with every flag that is selected. */
export type Action =
  | { readonly kind: "on" | "off"; readonly environment: MatrixEnvironment }
  | { readonly kind: "tag"; readonly tag: string }
  | { readonly kind: "archive" };

/** What it does with one flag. */
export interface Step {
  readonly key: string;
  readonly before: string;
  readonly after: string;
  /** It is so already: it is left alone. */
  readonly skip: boolean;
  readonly version: number;
  readonly send: (sending: Sending) => Promise<Written>;
}

/** What an action does with each of these flags, in their order. */
export function stepsOf(flags: readonly Flag[], action: Action): readonly Step[] {
  return flags.flatMap((flag) => stepOf(flag, action));
}

function stepOf(flag: Flag, action: Action): readonly Step[] {
  const { key } = flag;
  if (action.kind === "tag") return [tagged(flag, action.tag)];
  if (action.kind === "archive") {
    const send = ({ query, headers }: Sending) =>
      body(api.POST("/api/v1/flags/{key}/archive", { params: { path: { key }, query, header: headers } }));
    return [{ key, before: "in use", after: "archived", skip: flag.archived, version: flag.version, send }];
  }
  const cell = flag.environments[action.environment.key];
  if (!cell) return [];
  const enabled = action.kind === "on";
  const path = { environment: action.environment.key, key };
  const send = ({ query, headers }: Sending) =>
    body(
      api.PATCH("/api/v1/environments/{environment}/flags/{key}", {
        params: { path, query, header: headers },
        body: { enabled },
      }),
    );
  const after = enabled ? "on, as it is configured" : "OFF";
  return [
    { key, before: cellSaid(cell).word, after, skip: cell.enabled === enabled, version: cell.version, send },
  ];
}

function tagged({ key, tags, version }: Flag, tag: string): Step {
  const skip = tags.includes(tag);
  const next = skip ? tags : [...tags, tag];
  const send = ({ query, headers }: Sending) =>
    body(
      api.PATCH("/api/v1/flags/{key}", {
        params: { path: { key }, query, header: headers },
        body: { tags: next },
      }),
    );
  return { key, before: tags.join(", ") || "no tags", after: next.join(", "), skip, version, send };
}
