import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";

import { useEnvironment } from "@/components/environment-picker";
import type { Environment } from "@/components/environment";

import type { Subject } from "./commands";
import { asOfIn, type AsOf } from "./moments";

export const MODES = ["one", "all", "batch", "draft"] as const;
export type Mode = (typeof MODES)[number];

const useAddress = () => useSearch({ from: "/playground" });
type Search = ReturnType<typeof useAddress>;

/** What is asked: all of it stands in the address, apart from whom it is asked for. */
export interface Scene {
  readonly search: Search;
  readonly mode: Mode;
  readonly environment: Environment;
  readonly subject: Subject | null;
  readonly asOf: AsOf;
  readonly set: (part: Partial<Search>) => void;
}

/** The state of the screen, from and to its address. */
export function useScene(): Scene {
  const search = useAddress();
  const navigate = useNavigate({ from: "/playground" });
  const environment = useEnvironment(search.env);
  const set = useCallback(
    (part: Partial<Search>) =>
      void navigate({ search: (now) => ({ ...now, ...part }), replace: true, resetScroll: false }),
    [navigate],
  );
  const { flag, split, at, revision } = search;
  const subject = useMemo(() => subjectOf(flag, split), [flag, split]);
  const asOf = useMemo(() => asOfIn({ at, revision }), [at, revision]);
  return { search, mode: search.mode ?? "one", environment, subject, asOf, set };
}

function subjectOf(flag: string | undefined, split: string | undefined): Subject | null {
  if (flag) return { kind: "flag", key: flag };
  return split ? { kind: "split", key: split } : null;
}
