import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";

import { problemOf, type Problem } from "@/api/problem";
import type { Written } from "@/components/review/write";

/** What the service says of an edit that is not saved. */
export interface Rehearsal {
  readonly written: Written | null;
  readonly problem: Problem | null;
  /** It is being asked, or is about to be. */
  readonly waiting: boolean;
}

const PAUSE_MS = 400;

/**
 * Rehearses an edit while it is made: as soon as nothing has changed for 400 ms, `send` asks for a dry run of it. Asks
 * nothing while `active` is false. `of` must be what is sent, and everything that the answer depends on.
 */
export function useRehearsal<T>(of: T, active: boolean, send: (of: T) => Promise<Written>): Rehearsal {
  const text = JSON.stringify(of);
  const [settled] = useDebouncedValue(text, PAUSE_MS);
  const asked = useQuery({
    queryKey: ["rehearsal", settled],
    queryFn: () => send(JSON.parse(settled) as T),
    enabled: active && settled === text,
    placeholderData: keepPreviousData,
    retry: false,
    gcTime: 0,
  });
  if (!active) return { written: null, problem: null, waiting: false };
  return {
    written: asked.isError ? null : (asked.data ?? null),
    problem: asked.isError ? problemOf(asked.error) : null,
    waiting: settled !== text || asked.isFetching,
  };
}
