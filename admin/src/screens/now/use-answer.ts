import { api, body } from "@/api/client";
import type { RolloutLine } from "@/api/service";
import type { Environment } from "@/components/environment";
import { useReview } from "@/components/review/review";

type Gate = RolloutLine["waitingFor"][number];

/** The reason travels in its header. */
const SILENT = { reason: null, override: null };

/** What can be answered from here: a gate that waits for a person, or a pause. */
export function useAnswer(environment: Environment | undefined, line: RolloutLine) {
  const review = useReview();
  const path = { environment: line.environment, key: line.key };
  const pass = (gate: Gate) =>
    void review({
      title: `${verbOf(gate)} “${gate.title || gate.name}”`,
      environment,
      before: null,
      after: null,
      verb: verbOf(gate),
      back: "Not now",
      follows: `${line.key} no longer waits for this, and goes on once everything else of its step is fulfilled.`,
      done: `${line.key} was told.`,
      send: ({ query, headers }) =>
        body(
          api.POST("/api/v1/environments/{environment}/rollouts/{key}/gates/{gate}/pass", {
            params: { path: { ...path, gate: gate.name }, query, header: headers },
            body: SILENT,
          }),
        ),
    });
  const resume = () =>
    void review({
      title: `Resume ${line.key}`,
      environment,
      before: null,
      after: null,
      verb: "Resume",
      back: "Leave it paused",
      follows: "It goes on where it was paused; the hold of its step went on meanwhile.",
      done: `${line.key} goes on.`,
      send: ({ query, headers }) =>
        body(
          api.POST("/api/v1/environments/{environment}/rollouts/{key}/resume", {
            params: { path, query, header: headers },
            body: SILENT,
          }),
        ),
    });
  return { pass, resume };
}

/** What somebody does with a gate of this kind. */
export function verbOf({ kind }: Gate): string {
  return kind === "checklist" ? "Tick off" : "Approve";
}

/** Gates at which a person is waited for. */
export function forPeople({ waitingFor }: RolloutLine): readonly Gate[] {
  return waitingFor.filter(({ kind }) => kind === "approval" || kind === "checklist");
}
