import { Group } from "@mantine/core";
import { IconShieldLock } from "@tabler/icons-react";
import type { ReactNode } from "react";

import type { Schemas } from "@/api/client";

import styles from "./environment.module.css";

export type Environment = Schemas["Environment"];

interface EnvironmentNameProps {
  readonly environment: Pick<Environment, "key" | "name" | "protected">;
}

/** An environment by name. A protected one (production) has a shield, a word and a colour of its own, everywhere. */
export function EnvironmentName({ environment }: EnvironmentNameProps) {
  const name = environment.name ?? environment.key;
  if (!environment.protected) return <span className={styles.name}>{name}</span>;
  return (
    <span className={styles.name} data-protected>
      <IconShieldLock size={14} aria-hidden="true" />
      {name}
      <span className="fs-hidden"> (protected)</span>
    </span>
  );
}

interface FrameProps extends EnvironmentNameProps {
  /** Tells this frame from another one of the same environment: `review`. */
  readonly what?: string;
  readonly children: ReactNode;
}

/** A part of a screen that belongs to one environment; around a protected one there is a bar that says so. */
export function EnvironmentFrame({ environment, what, children }: FrameProps) {
  if (!environment.protected) return <>{children}</>;
  return (
    <div
      role="group"
      className={styles.frame}
      aria-label={[environment.name ?? environment.key, "protected", what].filter(Boolean).join(", ")}
    >
      <Group className={styles.bar} gap={6}>
        <IconShieldLock size={16} aria-hidden="true" />
        <strong>{environment.name ?? environment.key}</strong>
        <span>protected: every change is reviewed</span>
      </Group>
      <div className={styles.inside}>{children}</div>
    </div>
  );
}
