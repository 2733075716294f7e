import { Group, NumberInput, Select } from "@mantine/core";
import { useState } from "react";

import { said } from "@/components/conditions";

import { useScene } from "./context";
import type { Decisions } from "./draft";
import { EditToggle } from "./edit-toggle";
import styles from "./flag.module.css";
import { Section } from "./section";

/** What everybody gets while the flag is off, and what an SDK does that has not heard for long. */
export function OffSection() {
  const { value, set, editing, still } = useScene();
  const [open, setOpen] = useState(false);
  return (
    <Section
      title="Off variant"
      hint="while it is off, or a prerequisite is unmet"
      actions={!still && <EditToggle what="the off variant" open={open} onChange={setOpen} />}
    >
      <p className={styles.says}>
        Serve {value.offVariant}. {stalenessSaid(value.staleness)}
      </p>
      {open && (
        <Group className={styles.body} align="flex-start" gap="md">
          <Select
            label="Off variant"
            data={[...new Set([...editing.names, value.offVariant])]}
            value={value.offVariant}
            onChange={(offVariant) => {
              if (offVariant) set({ offVariant });
            }}
            error={said(editing.faults, "/offVariant")}
            allowDeselect={false}
          />
          <Staleness />
        </Group>
      )}
    </Section>
  );
}

function Staleness() {
  const { value, set, editing } = useScene();
  const now = value.staleness;
  const put = (part: Partial<NonNullable<Decisions["staleness"]>>) => {
    const next = { ...(now ?? { afterSeconds: null, then: null }), ...part };
    set({ staleness: next.afterSeconds === null && next.then === null ? null : next });
  };
  return (
    <>
      <Select
        label="When an SDK's copy is out of date"
        data={[
          { value: "sdk", label: "as the SDK is set" },
          { value: "keep", label: "keep deciding (fail open)" },
          { value: "off", label: "serve the off variant (fail closed)" },
        ]}
        value={now?.then ?? "sdk"}
        onChange={(then) => put({ then: then === "keep" || then === "off" ? then : null })}
        error={said(editing.faults, "/staleness/then")}
        allowDeselect={false}
        w={280}
      />
      <NumberInput
        label="Out of date after (seconds)"
        placeholder="as the SDK is set"
        min={1}
        max={31_536_000}
        allowDecimal={false}
        value={now?.afterSeconds ?? ""}
        onChange={(seconds) => put({ afterSeconds: typeof seconds === "number" ? seconds : null })}
        error={said(editing.faults, "/staleness/afterSeconds")}
        w={220}
      />
    </>
  );
}

function stalenessSaid(of: Decisions["staleness"]): string {
  if (!of?.then) return "";
  const after = of.afterSeconds ? ` for ${String(of.afterSeconds)} s` : "";
  return of.then === "off"
    ? `An SDK that has not been confirmed${after} serves it, too.`
    : `An SDK that has not been confirmed${after} keeps deciding.`;
}
