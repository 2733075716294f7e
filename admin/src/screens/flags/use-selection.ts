import { useCallback, useMemo, useState } from "react";

import type { Flag } from "./filter";

export interface Selection {
  readonly keys: ReadonlySet<string>;
  /** In the order of the list; what is gone meanwhile is not among them. */
  readonly flags: readonly Flag[];
  readonly set: (key: string, on: boolean) => void;
  readonly setAll: (flags: readonly Flag[], on: boolean) => void;
  readonly clear: () => void;
  /** Leaves only these selected: what did not succeed. */
  readonly keep: (keys: readonly string[]) => void;
}

/** Which flags are selected; a search that hides one does not unselect it. */
export function useSelection(all: readonly Flag[]): Selection {
  const [keys, setKeys] = useState<ReadonlySet<string>>(new Set());
  const set = useCallback(
    (key: string, on: boolean) =>
      setKeys((now) => new Set(on ? [...now, key] : [...now].filter((k) => k !== key))),
    [],
  );
  const flags = useMemo(() => all.filter(({ key, archived }) => keys.has(key) && !archived), [all, keys]);
  return {
    keys,
    flags,
    set,
    setAll: (some, on) => {
      const names = some.map(({ key }) => key);
      setKeys(on ? new Set([...keys, ...names]) : new Set([...keys].filter((key) => !names.includes(key))));
    },
    clear: () => setKeys(new Set()),
    keep: (names) => setKeys(new Set(names)),
  };
}
