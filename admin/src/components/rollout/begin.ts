import type { Schemas } from "@/api/client";

export type RolloutBody = Schemas["RolloutCreate"];

const NOTHING: RolloutBody = {
  key: null,
  name: null,
  description: null,
  owner: null,
  plan: null,
  planKey: null,
  deployment: null,
  startAt: null,
  override: null,
};

/** The body of a new rollout, or of the check before one: what is given, and nothing else. */
export function rolloutBody(given: Partial<RolloutBody>): RolloutBody {
  return { ...NOTHING, ...given };
}
