import type { Schemas } from "@/api/client";

import { list } from "@/text/numbers";
import { WHOLE } from "@/text/weights";

import { candidateWeight, stepWords } from "./ladder-state";

type Status = Schemas["RolloutStatus"];

export type Order =
  "start" | "pause" | "resume" | "promote" | "promote-full" | "retry" | "abort" | "roll-back";

/** Something that can be asked of a rollout, as the console offers it. */
export interface Command {
  readonly order: Order;
  readonly label: string;
  /** The single key that asks for it. */
  readonly key?: string;
  readonly done: string;
  /** What follows, before anybody has confirmed it. */
  readonly follows: (status: Status) => string;
  readonly danger?: (status: Status) => string;
  /** The way back: it waits for nothing, and asks for nothing but a reason. */
  readonly urgent?: boolean;
  /** Refused while a freeze holds rollouts back, unless it is overridden. */
  readonly advances?: boolean;
}

/** In the order in which they are shown; only those that the service takes now are. */
export const COMMANDS: readonly Command[] = [
  {
    order: "start",
    label: "Start now",
    done: "The rollout starts.",
    follows: () => "It begins at once instead of at its time.",
    advances: true,
  },
  {
    order: "resume",
    label: "Resume",
    key: " ",
    done: "The rollout goes on.",
    follows: () => "It goes on where it was paused. Every deadline begins anew; the hold went on meanwhile.",
  },
  {
    order: "promote",
    label: "Promote",
    key: "p",
    done: "The step has ended.",
    follows: promoted,
    danger: (status) => [skipped(status), whole(status)].filter(Boolean).join(" "),
    advances: true,
  },
  {
    order: "pause",
    label: "Pause",
    key: " ",
    done: "The rollout is paused.",
    follows: () =>
      "Weights stay as they are. Metrics are still read, and a candidate that turns out bad is still rolled back.",
  },
  {
    order: "retry",
    label: "Retry the step",
    done: "The step is tried again.",
    follows: () => "The weights, the hook and the gates of the step under way are tried once more.",
  },
  {
    order: "promote-full",
    label: "Promote to 100 %",
    done: "The last step begins.",
    follows: (status) => stepWords(status, status.steps.length),
    danger: () => "Every step in between is left out: nobody looks, and nothing is judged on the way.",
    advances: true,
  },
  {
    order: "roll-back",
    label: "Roll back",
    done: "The rollout goes back.",
    follows: back,
    urgent: true,
  },
  {
    order: "abort",
    label: "Abort",
    key: "a",
    done: "The rollout is aborted.",
    follows: (status) => `${back(status)} The rollout ends and cannot be taken up again.`,
    urgent: true,
  },
];

/** What may be asked now. Aborting and rolling back lead the same way back: one button says what will be done. */
export function offered(status: Status): readonly Command[] {
  const open = COMMANDS.filter(({ order }) => status.commands.includes(order));
  const abort = open.find(({ order }) => order === "abort");
  if (!abort) return open;
  const label = hasMoved(status) ? "Abort and roll back" : "Abort";
  return open
    .filter(({ order }) => order !== "roll-back")
    .map((command) => (command === abort ? { ...abort, label } : command));
}

/** The command of a key, if it may be asked now. */
export function commandOf(key: string, status: Status): Command | undefined {
  return offered(status).find((command) => command.key === key.toLowerCase());
}

function hasMoved(status: Status): boolean {
  return status.targets.some(({ standing }) => standing !== "idle");
}

function promoted(status: Status): string {
  const next = (status.step ?? 0) + 1;
  if (status.step === null || next <= status.steps.length) return stepWords(status, next);
  return "The last step ends; what is to be verified at the end comes next.";
}

/** What a promotion does not wait for. */
function skipped(status: Status): string {
  const open = status.gates.filter(({ standing }) => standing === "open");
  if (status.verdict.kind === "unhealthy") return "This ends the step although its candidate is unhealthy.";
  if (open.length) {
    const names = list(open.map((gate) => `“${gate.title || gate.name}”`));
    return `This ends the step although it waits for ${names}.`;
  }
  const judged = status.verdict.metrics.length > 0 && status.verdict.kind === "unknown";
  return judged ? "This ends the step although nothing is known of its candidate yet." : "";
}

/** Whether everybody gets a candidate by it. */
function whole(status: Status): string {
  const step = status.steps[status.step ?? 0];
  const places = status.targets.filter(
    (target) => step && candidateWeight(step.weights[target.name], target.candidate) === WHOLE,
  );
  return places.length ? `Everybody gets ${list(places.map(({ candidate }) => candidate))}.` : "";
}

function back(status: Status): string {
  if (!hasMoved(status)) return "Nothing has been moved yet, so nothing has to be put back.";
  const places = status.targets.map(({ kind, key }) => `${kind} ${key}`).join(", ");
  return `${places}: everything goes back to what it was before, the stored allocation included, and is read back.`;
}
