import { Anchor } from "@mantine/core";
import { IconLock } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useId, type ReactNode } from "react";

import styles from "./flag.module.css";

interface SectionProps {
  readonly title: string;
  /** What the section does, in a few words. */
  readonly hint?: string;
  readonly actions?: ReactNode;
  readonly children?: ReactNode;
}

/** One step of the evaluation, in its order. */
export function Section({ title, hint, actions, children }: SectionProps) {
  const id = useId();
  return (
    <section className={styles.section} aria-labelledby={id}>
      <div className={styles.head}>
        <h2 id={id}>
          {title}
          {hint && (
            <>
              {" "}
              <span className={styles.hint}>{hint}</span>
            </>
          )}
        </h2>
        {actions}
      </div>
      {children}
    </section>
  );
}

/** Says that a rollout moves this place, which nobody else may move meanwhile. */
export function DrivenBy({
  rollout,
  environment,
}: {
  readonly rollout: string;
  readonly environment: string;
}) {
  return (
    <p className={styles.says}>
      <IconLock size={14} aria-hidden="true" /> Moved by the rollout{" "}
      <Anchor
        size="sm"
        renderRoot={(props) => (
          <Link {...props} to="/rollouts/$env/$key" params={{ env: environment, key: rollout }} />
        )}
      >
        {rollout}
      </Anchor>
      : it can be edited again when that has ended.
    </p>
  );
}
