import { Stack } from "@mantine/core";

import { EnvironmentFrame } from "@/components/environment";

import { BehindNote } from "./behind-note";
import { useScene } from "./context";
import { DefaultSection } from "./default-section";
import styles from "./flag.module.css";
import { OffSection } from "./off-section";
import { PrerequisitesSection } from "./prerequisites-section";
import { RulesSection } from "./rules-section";
import { StateSection } from "./state-section";
import { TargetsSection } from "./targets-section";

/** What the flag decides in this environment, from top to bottom as it is evaluated. */
export function Targeting({ onSave }: { readonly onSave: () => Promise<void> }) {
  const { environment } = useScene();
  return (
    <EnvironmentFrame environment={environment}>
      <Stack gap="sm">
        <BehindNote onResolve={onSave} />
        <div className={styles.sections}>
          <StateSection />
          <PrerequisitesSection />
          <TargetsSection />
          <RulesSection />
          <DefaultSection />
          <OffSection />
        </div>
      </Stack>
    </EnvironmentFrame>
  );
}
