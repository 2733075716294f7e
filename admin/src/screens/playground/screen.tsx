import { Tabs } from "@mantine/core";
import { useEffect } from "react";

import { EnvironmentPicker } from "@/components/environment-picker";
import { Page } from "@/components/page";

import { AllFlags } from "./all-flags";
import { AsOfPicker } from "./as-of";
import { outlineOf, rowsIn } from "@/components/context/attributes";
import { Batch } from "./batch";
import { ContextCard } from "@/components/context/context-card";
import { LinkMenu } from "./link-menu";
import { One } from "./one";
import styles from "./playground.module.css";
import { useScene, type Mode } from "./scene";
import { SubjectPicker } from "./subject-picker";
import { useContextEditing } from "@/components/context/use-context";
import { WhatIf } from "./what-if";

const TABS: readonly { readonly mode: Mode; readonly label: string }[] = [
  { mode: "one", label: "Explain" },
  { mode: "all", label: "All flags" },
  { mode: "batch", label: "Many units" },
  { mode: "draft", label: "What if" },
];

/** What anybody gets, and why: now, at any moment of the history, or after a draft. */
export function PlaygroundScreen() {
  const scene = useScene();
  const { search, mode, environment, asOf, set } = scene;
  // A unit stays in the address only as long as it is the one of the link that brought us here.
  const leave = (unit: string) => {
    if (search.unit !== undefined && unit !== search.unit) set({ unit: undefined });
  };
  const editing = useContextEditing({ unit: search.unit, rows: rowsIn(search.with ?? ""), onUnit: leave });
  const { form, context } = editing;
  const outline = outlineOf(form) || undefined;
  useEffect(() => {
    if (outline !== search.with && form.rows.length > 0) set({ with: outline });
  }, [outline, search.with, form.rows.length, set]);
  const shared = mode === "batch" || mode === "draft";
  const open = (next: string | null) =>
    set({ mode: next === "one" ? undefined : (next as Mode), open: undefined });
  return (
    <Page title="Playground" actions={<LinkMenu form={form} />}>
      <Tabs value={mode} onChange={open} keepMounted={false}>
        <Tabs.List className={styles.tabs}>
          {TABS.map(({ mode: value, label }) => (
            <Tabs.Tab key={value} value={value}>
              {label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <div className={styles.columns}>
          <div className={styles.side}>
            <section className={`fs-card ${styles.question ?? ""}`} aria-label="What is asked">
              {mode !== "all" && (
                <>
                  <div className={styles.environments}>
                    <EnvironmentPicker value={environment} onChange={(env) => set({ env })} />
                  </div>
                  <SubjectPicker scene={scene} />
                </>
              )}
              {mode !== "draft" && <AsOfPicker asOf={asOf} byRevision={mode !== "all"} onChange={set} />}
            </section>
            <ContextCard
              title={shared ? "In common" : "For whom"}
              editing={editing}
              environment={environment.key}
              shared={shared}
            />
          </div>
          <div className={styles.main}>
            <Tabs.Panel value="one">
              <One scene={scene} context={context} />
            </Tabs.Panel>
            <Tabs.Panel value="all">
              <AllFlags scene={scene} context={context} />
            </Tabs.Panel>
            <Tabs.Panel value="batch">
              <Batch scene={scene} context={context} />
            </Tabs.Panel>
            <Tabs.Panel value="draft">
              <WhatIf scene={scene} context={context} />
            </Tabs.Panel>
          </div>
        </div>
      </Tabs>
    </Page>
  );
}
