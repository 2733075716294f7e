import { useCallback } from "react";

import { api, body, type Schemas } from "@/api/client";
import type { Environment } from "@/components/environment";
import { useReview } from "@/components/review/review";
import type { Sending, Written } from "@/components/review/write";

import type { Command, Order } from "./commands";
import type { Known } from "./queries";

type Said = Schemas["Said"];

/** The reason travels in its header. */
const SILENT: Said = { reason: null, override: null };

/** Where each command goes. */
const PATHS = {
  start: "/api/v1/environments/{environment}/rollouts/{key}/start",
  pause: "/api/v1/environments/{environment}/rollouts/{key}/pause",
  resume: "/api/v1/environments/{environment}/rollouts/{key}/resume",
  promote: "/api/v1/environments/{environment}/rollouts/{key}/promote",
  "promote-full": "/api/v1/environments/{environment}/rollouts/{key}/promote-full",
  retry: "/api/v1/environments/{environment}/rollouts/{key}/retry",
  abort: "/api/v1/environments/{environment}/rollouts/{key}/abort",
  "roll-back": "/api/v1/environments/{environment}/rollouts/{key}/roll-back",
} as const satisfies Record<Order, string>;

/** Asks for a command: reviewed, with a reason. `override`: why it may although something holds rollouts back. */
export function useCommand(environment: Environment, rollout: Known) {
  const review = useReview();
  return useCallback(
    async (command: Command, override?: string): Promise<boolean> => {
      const { status, key } = rollout;
      const said: Said = { reason: null, override: override ? { reason: override } : null };
      const written = await review({
        title: `${command.label}: ${key}`,
        environment,
        before: null,
        after: null,
        verb: command.label,
        back: "Not now",
        follows: command.follows(status),
        danger: command.danger?.(status) || undefined,
        urgent: command.urgent,
        done: command.done,
        send: (sending) => order(environment.key, key, command.order, said, sending),
      });
      return written !== null;
    },
    [review, environment, rollout],
  );
}

async function order(
  environment: string,
  key: string,
  name: Order,
  said: Said,
  { query, headers }: Sending,
): Promise<Written> {
  const params = { path: { environment, key }, query, header: headers };
  const written = await body(api.POST(PATHS[name], { params, body: said }));
  return written;
}

export type Decision = "pass" | "fail";

/** Asks to pass or fail a gate. */
export function useGate(environment: Environment, key: string) {
  const review = useReview();
  return useCallback(
    async (gate: Schemas["GateStatus"], decision: Decision): Promise<void> => {
      const title = gate.title || gate.name;
      const path = { environment: environment.key, key, gate: gate.name };
      await review({
        title: `${decision === "pass" ? "Pass" : "Fail"} “${title}”`,
        environment,
        before: null,
        after: null,
        verb: decision === "pass" ? "Pass" : "Fail",
        back: "Not now",
        follows:
          decision === "pass"
            ? "It counts as passed, in your name. The rollout goes on once nothing else holds it."
            : "It counts as failed, in your name. What follows is what the plan says of failures: everything goes back, or the rollout pauses.",
        danger:
          decision === "fail" ? "A failed gate ends the rollout, unless its plan says to pause." : undefined,
        done: decision === "pass" ? `“${title}” is passed.` : `“${title}” has failed.`,
        send: ({ query, headers }) => {
          const params = { path, query, header: headers };
          return decision === "pass"
            ? body(
                api.POST("/api/v1/environments/{environment}/rollouts/{key}/gates/{gate}/pass", {
                  params,
                  body: SILENT,
                }),
              )
            : body(
                api.POST("/api/v1/environments/{environment}/rollouts/{key}/gates/{gate}/fail", {
                  params,
                  body: SILENT,
                }),
              );
        },
      });
    },
    [review, environment, key],
  );
}
