import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import type { Schemas } from "@/api/client";

type Written = Schemas["TokenWritten"];

interface Making {
  readonly busy: boolean;
  readonly error: unknown;
  /** Asks for a token and hands it over; what fails stays in `error`. */
  readonly make: (ask: () => Promise<Written>) => Promise<void>;
}

/** Asks for a token without leaving its text in the cache of requests. */
export function useMade(onMade: (made: Written["document"]) => void): Making {
  const cache = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const make = async (ask: () => Promise<Written>) => {
    setBusy(true);
    setError(null);
    try {
      onMade((await ask()).document);
      void cache.invalidateQueries({ queryKey: ["tokens"] });
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  return { busy, error, make };
}
