import { useState } from "react";

import { serve } from "@/text/words";

import { useScene } from "./context";
import type { Decisions } from "./draft";
import { EditToggle } from "./edit-toggle";
import styles from "./flag.module.css";
import { DrivenBy, Section } from "./section";
import { ServePart } from "./serve-part";

/** What everybody gets whom nothing above has decided. */
export function DefaultSection() {
  const { value, set, configuration, editing, environment, driven, still } = useScene();
  const [open, setOpen] = useState(false);
  const rollout = driven["default"];
  const next = editing.rehearsal.written?.document as Partial<Decisions> | undefined;
  return (
    <Section
      title="Default"
      hint="everybody else"
      actions={!still && !rollout && <EditToggle what="the default" open={open} onChange={setOpen} />}
    >
      <p className={styles.says}>
        <span className={styles.keyword}>OTHERWISE</span> {serve(value.default)}
      </p>
      {rollout && <DrivenBy rollout={rollout} environment={environment.key} />}
      {open && !rollout && (
        <div className={styles.body}>
          <ServePart
            label="the default"
            pointer="/default"
            value={value.default}
            live={configuration.default}
            next={next?.default}
            onChange={(served) => set({ default: served })}
          />
        </div>
      )}
    </Section>
  );
}
