import { useId, type ReactNode } from "react";

import styles from "./panel.module.css";

interface PanelProps {
  readonly title: string;
  /** A few words or a link at the other end of the title. */
  readonly note?: ReactNode;
  /** The content reaches the edges: a table or a list of rows. */
  readonly flush?: boolean;
  readonly children: ReactNode;
}

/** A part of a screen with a heading of its own. */
export function Panel({ title, note, flush = false, children }: PanelProps) {
  const id = useId();
  return (
    <section className={styles.panel} aria-labelledby={id} data-flush={flush || undefined}>
      <div className={styles.head}>
        <h2 id={id} className={styles.title}>
          {title}
        </h2>
        {note && <span className={styles.note}>{note}</span>}
      </div>
      <div className={styles.body}>{children}</div>
    </section>
  );
}
