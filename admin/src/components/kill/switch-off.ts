import { api, body } from "@/api/client";
import { problemOf } from "@/api/problem";
import type { Sending, Written } from "@/components/review/write";

/** What can be switched off for everybody. */
export interface Subject {
  readonly kind: "flag" | "split";
  readonly environment: string;
  readonly key: string;
}

/** What it means, before it is done. */
export const MEANS: Readonly<Record<Subject["kind"], string>> = {
  flag:
    "Everybody gets the off variant at once, whatever rules, listed units and rollouts say. Switching it on again " +
    "brings back what was, with the same units on each side.",
  split:
    "All traffic goes to the stable backend at once, whatever weights, rules and rollouts say. Switching it on again " +
    "brings back what was, with the same units on each side.",
};

const ATTEMPTS = 5;
const AGAIN = new Set(["stale-version", "outcome-unknown"]);

/**
 * Switches it off, and tries again when somebody else's change or a lost answer came in between: off is off, whatever
 * else was changed. Throws Refused for anything else, and after five attempts.
 */
export async function switchOff(subject: Subject, sending: Sending): Promise<Written> {
  for (let left = ATTEMPTS - 1; left > 0; left--) {
    try {
      return await attempt(subject, sending);
    } catch (error) {
      if (!AGAIN.has(problemOf(error).code)) throw error;
    }
  }
  return attempt(subject, sending);
}

async function attempt({ kind, environment, key }: Subject, { query, headers }: Sending): Promise<Written> {
  const path = { environment, key };
  const off = { enabled: false };
  if (kind === "split") {
    const at = "/api/v1/environments/{environment}/splits/{key}";
    const { version } = await body(api.GET(at, { params: { path } }));
    return body(api.PATCH(at, { params: { path, query, header: matching(headers, version) }, body: off }));
  }
  const at = "/api/v1/environments/{environment}/flags/{key}";
  const { version } = await body(api.GET(at, { params: { path } }));
  return body(api.PATCH(at, { params: { path, query, header: matching(headers, version) }, body: off }));
}

function matching(headers: Record<string, string>, version: number): Record<string, string> {
  return { ...headers, "If-Match": `"${String(version)}"` };
}
