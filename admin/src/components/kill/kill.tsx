import { useQueryClient } from "@tanstack/react-query";
import { createContext, useCallback, useContext, useState, type ReactNode } from "react";

import { environmentsQuery } from "@/api/queries";
import { useReview } from "@/components/review/review";
import type { Written } from "@/components/review/write";

import { ReceiptDialog, type Awaited } from "./receipt";
import { MEANS, switchOff, type Subject } from "./switch-off";

type Kill = (subject: Subject) => Promise<Written | null>;

const KillContext = createContext<Kill | null>(null);

/**
 * Opens the kill switch of a flag or traffic split: confirmed (in a protected environment by typing its name), it is
 * off, and a receipt counts who holds that. It stands aside of any edit under way and leaves drafts as they are.
 * Resolves with the service's answer, or with null when nothing was done.
 */
export function useKill(): Kill {
  const kill = useContext(KillContext);
  if (!kill) throw new Error("useKill stands inside of KillProvider");
  return kill;
}

/** Holds the one receipt of the console. */
export function KillProvider({ children }: { readonly children: ReactNode }) {
  const cache = useQueryClient();
  const review = useReview();
  const [receipt, setReceipt] = useState<Awaited | null>(null);
  const kill = useCallback<Kill>(
    async (subject) => {
      const environments = await cache.query({ ...environmentsQuery, staleTime: "static" });
      const environment = environments.find(({ key }) => key === subject.environment);
      const name = environment?.name ?? subject.environment;
      setReceipt(null);
      const written = await review({
        title: `Kill ${subject.key} in ${name}`,
        environment,
        before: { enabled: true },
        after: { enabled: false },
        danger: MEANS[subject.kind],
        urgent: true,
        verb: "Kill",
        back: "Leave it on",
        send: (sending) => switchOff(subject, sending),
      });
      if (written) setReceipt({ subject, name, revision: written.version ?? written.revision });
      return written;
    },
    [cache, review],
  );
  return (
    <KillContext value={kill}>
      {children}
      {receipt && <ReceiptDialog awaited={receipt} onClose={() => setReceipt(null)} />}
    </KillContext>
  );
}
