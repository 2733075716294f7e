import type { Schemas } from "@/api/client";
import type { Plan } from "@/components/plan/types";

/** A plan as a document: what the rollout copies, and the texts for people. */
export interface PlanDocument {
  readonly key: string;
  readonly name: string;
  readonly description: string;
  readonly owner: string;
  readonly tags: readonly string[];
  readonly plan: Plan;
}

const ANSWERED = [
  "version",
  "revision",
  "createdAt",
  "createdBy",
  "changedAt",
  "changedBy",
  "archived",
  "status",
];
const TEXTS = ["key", "name", "description", "owner", "tags"];

/** A stored plan in its two parts; whatever the console does not know stays in the plan. */
export function documentOf(stored: Schemas["Plan"]): PlanDocument {
  const members = Object.entries(stored).filter(
    ([name]) => !ANSWERED.includes(name) && !TEXTS.includes(name),
  );
  return {
    key: stored.key,
    name: stored.name ?? "",
    description: stored.description ?? "",
    owner: stored.owner ?? "",
    tags: stored.tags,
    plan: Object.fromEntries(members) as unknown as Plan,
  };
}

/** The body that stores it. */
export function bodyOf({ key, name, description, owner, tags, plan }: PlanDocument): Schemas["PlanCreate"] {
  const texts = { name: name || null, description: description || null, owner: owner || null };
  return { ...plan, key, ...texts, tags: [...tags] } as unknown as Schemas["PlanCreate"];
}
