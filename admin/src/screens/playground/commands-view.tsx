import { CodeBlock } from "@/components/code-block";

import type { Command } from "./commands";
import styles from "./playground.module.css";

const LONGEST = 4000;

/** The same question from a terminal; it reads the token from FLAGSVC_TOKEN. */
export function CommandsView({ commands }: { readonly commands: readonly Command[] }) {
  return (
    <details className={styles.commands}>
      <summary>The same from a terminal</summary>
      <div className={styles.blocks}>
        {commands.map(({ label, text }) => (
          <CodeBlock
            key={label}
            label={label}
            text={text}
            shown={text.length > LONGEST ? `${text.slice(0, LONGEST)}\n… (copied whole)` : undefined}
          />
        ))}
      </div>
    </details>
  );
}
