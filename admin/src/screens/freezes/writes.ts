import { api, body } from "@/api/client";
import type { Environment } from "@/components/environment";
import { useReview } from "@/components/review/review";

import { freezeBody, type FreezeForm } from "./form-state";
import type { Freeze } from "./queries";

/** Saves a freeze, new or changed; answers whether it was saved. */
export function useSaveFreeze(environment: Environment) {
  const review = useReview();
  return async (form: FreezeForm, stored: Freeze | null): Promise<boolean> => {
    const after = freezeBody(form, stored);
    const path = { environment: environment.key };
    const written = await review({
      title: stored ? `Save freeze ${form.key}` : `Freeze ${environment.name ?? environment.key}`,
      environment,
      before: stored,
      after,
      version: stored?.version,
      verb: stored ? "Save" : "Freeze",
      follows:
        "While it holds, no rollout of this environment starts or goes on. None of them loses what it has.",
      send: ({ query, headers }) =>
        stored
          ? body(
              api.PUT("/api/v1/environments/{environment}/freezes/{key}", {
                params: { path: { ...path, key: stored.key }, query, header: headers },
                body: after,
              }),
            )
          : body(
              api.POST("/api/v1/environments/{environment}/freezes", {
                params: { path, query, header: headers },
                body: after,
              }),
            ),
    });
    return written !== null;
  };
}

/** Archives a freeze: what it held goes on. */
export function useLift(environment: Environment) {
  const review = useReview();
  return async ({ key, version }: Freeze): Promise<void> => {
    await review({
      title: `Lift freeze ${key}`,
      environment,
      before: null,
      after: null,
      version,
      verb: "Lift",
      back: "Leave it",
      follows: "What it held goes on within a second, unless something else holds it.",
      done: `${key} is lifted.`,
      send: ({ query, headers }) =>
        body(
          api.POST("/api/v1/environments/{environment}/freezes/{key}/archive", {
            params: { path: { environment: environment.key, key }, query, header: headers },
          }),
        ),
    });
  };
}
