import { createContext, useCallback, useContext, useMemo, useRef, useState, type ReactNode } from "react";

import { ReviewSheet } from "./sheet";
import type { Write, Written } from "./write";

type Open = (write: Write) => Promise<Written | null>;

const ReviewContext = createContext<Open | null>(null);

/** Opens the review of a write; resolves with the service's answer, or with null when nothing was saved. */
export function useReview(): Open {
  const open = useContext(ReviewContext);
  if (!open) throw new Error("useReview stands inside of ReviewProvider");
  return open;
}

/** Holds the one review sheet of the console. */
export function ReviewProvider({ children }: { readonly children: ReactNode }) {
  const [write, setWrite] = useState<Write | null>(null);
  const settle = useRef<(written: Written | null) => void>(() => undefined);
  const open = useCallback<Open>((next) => {
    settle.current(null);
    setWrite(next);
    return new Promise((resolve) => {
      settle.current = resolve;
    });
  }, []);
  const close = useCallback((written: Written | null) => {
    setWrite(null);
    settle.current(written);
    settle.current = () => undefined;
  }, []);
  const value = useMemo(() => open, [open]);
  return (
    <ReviewContext value={value}>
      {children}
      {write && <ReviewSheet write={write} onClose={close} onNext={setWrite} />}
    </ReviewContext>
  );
}
