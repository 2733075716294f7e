import { useQueryClient } from "@tanstack/react-query";

import { flagQuery } from "@/api/queries";
import { useEnvironments } from "@/components/environment-picker";
import { useReview } from "@/components/review/review";

import { archive, demands } from "./archive";

/** Archives one flag, reviewed. */
export function useArchive(): (key: string) => Promise<void> {
  const review = useReview();
  const cache = useQueryClient();
  const { typed, reason } = demands(useEnvironments());
  return async (key) => {
    const { version } = await cache.query({ ...flagQuery(key), staleTime: 0 });
    await review({
      title: `Archive ${key}`,
      before: null,
      after: null,
      version,
      follows:
        "No client finds it any more, in any environment: code that still asks for it gets the default that is written there. It can be restored.",
      danger: typed ? "This reaches every environment at once, protected ones too." : undefined,
      typed: typed || undefined,
      why: reason ? "required" : undefined,
      verb: "Archive",
      back: "Keep it",
      done: `${key} was archived.`,
      send: (sending) => archive(key, sending),
    });
  };
}
