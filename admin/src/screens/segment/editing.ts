import { api, body, type Schemas } from "@/api/client";
import { unfinished } from "@/components/conditions";
import type { Environment } from "@/components/environment";
import type { Write } from "@/components/review/write";
import type { Editing } from "@/drafts/use-draft";

type Segment = Schemas["Segment"];

/** What a person may change of a segment. */
export type Edited = Pick<
  Segment,
  "name" | "description" | "owner" | "tags" | "included" | "excluded" | "by" | "when"
>;

/** The part of a segment that is edited. */
export function editable(segment: Segment): Edited {
  const { name, description, owner, tags, included, excluded, by, when } = segment;
  const texts = {
    name: name ?? null,
    description: description ?? null,
    owner: owner ?? null,
    tags: tags ?? [],
  };
  return { ...texts, by, excluded, included, when };
}

/** Why this cannot be saved, before the service is asked; null when nothing is wrong. */
export function faultOf({ when, by }: Edited): string | null {
  if (!by.trim()) return "Name the attribute that units are compared with.";
  return when && unfinished(when).length ? "The condition is not complete." : null;
}

/** The write that saves an edit, with the way through a conflict. */
export function saving(environment: Environment, key: string, editing: Editing<Edited>): Write {
  return writing(environment, key, editing, editing.base, editing.value, editing.version);
}

function writing(
  environment: Environment,
  key: string,
  editing: Editing<Edited>,
  before: Edited,
  after: Edited,
  version: number,
): Write {
  const path = { environment: environment.key, key };
  const at = "/api/v1/environments/{environment}/segments/{key}";
  return {
    title: `Save ${key}`,
    environment,
    before,
    after,
    version,
    send: ({ query, headers }) =>
      body(
        api.PUT(at, { params: { path, query, header: headers }, body: after as Schemas["SegmentReplace"] }),
      ),
    conflict: {
      base: before,
      mine: after,
      read: async () => {
        const now = await body(api.GET(at, { params: { path } }));
        return { document: editable(now), version: now.version };
      },
      resolve: (theirs, newer, merged) => {
        const [base, next] = [theirs, merged] as unknown as [Edited, Edited];
        editing.rebase(base, newer, next);
        return writing(environment, key, editing, base, next, newer);
      },
    },
  };
}

/** The write that archives a segment, or restores it. */
export function ending(environment: Environment, segment: Segment): Write {
  const verb = segment.archived ? "restore" : "archive";
  return {
    title: `${segment.archived ? "Restore" : "Archive"} ${segment.key}`,
    environment,
    before: null,
    after: null,
    version: segment.version,
    verb: segment.archived ? "Restore" : "Archive",
    send: ({ query, headers }) =>
      body(
        api.POST(`/api/v1/environments/{environment}/segments/{key}/${verb}`, {
          params: { path: { environment: environment.key, key: segment.key }, query, header: headers },
        }),
      ),
  };
}
