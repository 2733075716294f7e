import { Button, CloseButton } from "@mantine/core";
import { IconArchive, IconPlayerPlay, IconPower, IconTag } from "@tabler/icons-react";
import { useState } from "react";

import type { Flag, MatrixEnvironment } from "../filter";
import styles from "./bulk.module.css";
import { BulkSheet } from "./sheet";
import type { Action } from "./steps";

interface BulkProps {
  readonly flags: readonly Flag[];
  readonly environments: readonly MatrixEnvironment[];
  readonly onClear: () => void;
  /** Called with what did not succeed. */
  readonly onDone: (left: readonly string[]) => void;
}

const ACTIONS = [
  { kind: "on", label: "Switch on", icon: IconPlayerPlay },
  { kind: "off", label: "Switch off", icon: IconPower },
  { kind: "tag", label: "Add a tag", icon: IconTag },
  { kind: "archive", label: "Archive", icon: IconArchive },
] as const satisfies readonly { kind: Action["kind"]; label: string; icon: unknown }[];

/** What can be done with all flags that are selected, at the foot of the screen as long as there are some. */
export function Bulk({ flags, environments, onClear, onDone }: BulkProps) {
  const [kind, setKind] = useState<Action["kind"] | null>(null);
  const [taken, setTaken] = useState<readonly string[]>([]);
  const begin = (next: Action["kind"]) => {
    setTaken(flags.map(({ key }) => key));
    setKind(next);
  };
  return (
    <>
      {flags.length > 0 && (
        <div className={styles.bar} role="region" aria-label="Selected flags">
          <strong role="status">{flags.length} selected</strong>
          <div className={styles.actions}>
            {ACTIONS.map(({ kind: each, label, icon: Icon }) => (
              <Button
                key={each}
                variant="default"
                size="sm"
                leftSection={<Icon size={16} aria-hidden="true" />}
                onClick={() => begin(each)}
              >
                {label}
              </Button>
            ))}
          </div>
          <CloseButton aria-label="Select none" onClick={onClear} size="lg" />
        </div>
      )}
      {kind && (
        <BulkSheet
          kind={kind}
          flags={flags.filter(({ key }) => taken.includes(key))}
          environments={environments}
          onClose={(left) => {
            setKind(null);
            if (left) onDone(left);
          }}
        />
      )}
    </>
  );
}
