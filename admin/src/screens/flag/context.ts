import { createContext, useContext } from "react";

import type { Environment } from "@/components/environment";

import type { Configuration, Decisions, Flag } from "./draft";
import type { FlagEditing } from "./use-editing";

/** What every section of the flag page knows. */
export interface Scene {
  readonly flag: Flag;
  readonly environment: Environment;
  readonly configuration: Configuration;
  readonly editing: FlagEditing;
  /** Rollouts that move a place here: `default`, or the id of a rule → key of the rollout. */
  readonly driven: Readonly<Record<string, string>>;
  /** Nothing can be edited: the flag is archived. */
  readonly still: boolean;
}

export const SceneContext = createContext<Scene | null>(null);

/** The scene, and a way to change one part of what is decided. */
export function useScene(): Scene & {
  readonly value: Decisions;
  readonly set: (part: Partial<Decisions>) => void;
} {
  const scene = useContext(SceneContext);
  if (!scene) throw new Error("useScene stands inside of SceneContext");
  const { decisions } = scene.editing;
  return {
    ...scene,
    value: decisions.value,
    set: (part) => decisions.set((now) => ({ ...now, ...part })),
  };
}
