import type { ReactNode } from "react";

import styles from "./tag.module.css";

export type Tone = "ok" | "warn" | "bad" | "info" | "quiet";

interface TagProps {
  readonly tone?: Tone;
  readonly dot?: boolean;
  readonly children: ReactNode;
}

/** A word about a state. The word says it; the tone only helps. */
export function Tag({ tone = "quiet", dot = false, children }: TagProps) {
  return (
    <span className={styles.tag} data-tone={tone}>
      {dot && <span className={styles.dot} aria-hidden="true" />}
      {children}
    </span>
  );
}

interface NoticeProps {
  readonly tone?: Tone;
  readonly title?: ReactNode;
  readonly children?: ReactNode;
  readonly role?: "alert" | "status";
}

/** A sentence that stands out: something to know before going on. */
export function Notice({ tone = "info", title, children, role }: NoticeProps) {
  return (
    <div className={styles.notice} data-tone={tone} role={role}>
      {title && <strong>{title}</strong>}
      {title && children ? <div>{children}</div> : children}
    </div>
  );
}
