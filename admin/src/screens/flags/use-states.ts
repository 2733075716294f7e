import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";

import { api, body, type Schemas } from "@/api/client";
import { configurationQuery, environmentsQuery } from "@/api/queries";
import type { Environment } from "@/components/environment";
import { useKill } from "@/components/kill/kill";
import { useReview } from "@/components/review/review";
import type { Write } from "@/components/review/write";
import type { Document } from "@/text/diff";

import type { Flag, MatrixEnvironment } from "./filter";

type Configuration = Schemas["Configuration"];

/** What a press on a state does: the kill switch where it is on, and the review of switching it on where it is off. */
export function useStates(): (flag: Flag, environment: string) => void {
  const cache = useQueryClient();
  const review = useReview();
  const kill = useKill();
  return useCallback(
    (flag, name) => {
      const open = async () => {
        if (flag.environments[name]?.enabled) {
          await kill({ kind: "flag", environment: name, key: flag.key });
          return;
        }
        const [environments, now] = await Promise.all([
          cache.query({ ...environmentsQuery, staleTime: "static" }),
          cache.query(configurationQuery(name, flag.key)),
        ]);
        const environment = environments.find(({ key }) => key === name);
        if (environment) await review(switchOn(flag.key, environment, now, now.version));
      };
      void open();
    },
    [cache, kill, review],
  );
}

/** The write that switches a flag on, as it is configured; a conflict goes on from what is there by then. */
function switchOn(key: string, environment: Environment, now: Document, version: number): Write {
  const after = { ...now, enabled: true };
  return {
    title: `Switch on ${key} in ${environment.name ?? environment.key}`,
    environment,
    before: now,
    after,
    version,
    danger: atOnce(now as unknown as Configuration),
    verb: "Switch on",
    back: "Leave it off",
    send: ({ query, headers }) =>
      body(
        api.PATCH("/api/v1/environments/{environment}/flags/{key}", {
          params: { path: { environment: environment.key, key }, query, header: headers },
          body: { enabled: true },
        }),
      ),
    conflict: {
      base: now,
      mine: after,
      read: async () => {
        const path = { environment: environment.key, key };
        const at = "/api/v1/environments/{environment}/flags/{key}";
        const document = await body(api.GET(at, { params: { path } }));
        return { document, version: document.version };
      },
      resolve: (theirs, newer) => switchOn(key, environment, theirs, newer),
    },
  };
}

/** What cannot be taken lightly: nobody had it, and now everybody has. */
function atOnce({ default: serves, offVariant }: Configuration): string | undefined {
  if ("split" in serves || serves.serve === offVariant) return undefined;
  return `Everybody whom no rule meets goes from ${offVariant} to ${serves.serve} at once.`;
}

/** Reviews bringing an archived flag back; it is as it was in every environment. */
export function useRestore(environments: readonly MatrixEnvironment[]): (flag: Flag) => void {
  const review = useReview();
  return useCallback(
    ({ key, version }) => {
      void review({
        title: `Restore ${key}`,
        before: { state: "archived: readers do not find it" },
        after: { state: "in use, configured everywhere as it was" },
        version,
        verb: "Restore",
        back: "Leave it archived",
        why: environments.some(({ requireReason }) => requireReason) ? "required" : undefined,
        send: ({ query, headers }) =>
          body(
            api.POST("/api/v1/flags/{key}/restore", { params: { path: { key }, query, header: headers } }),
          ),
      });
    },
    [environments, review],
  );
}
