import type { Document } from "@/text/diff";
import { described } from "@/text/gist";

import styles from "./records.module.css";

/** All that a document says, in words, label by label. */
export function Said({ document }: { readonly document: Document }) {
  return (
    <dl className={styles.said}>
      {described(document).map(({ label, after }) => (
        <div key={label} style={{ display: "contents" }}>
          <dt>{label}</dt>
          <dd>{after}</dd>
        </div>
      ))}
    </dl>
  );
}
