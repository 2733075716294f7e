import { Button, Menu, Select, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";

import { changedItem, newGate, withoutItem } from "./edit";
import { OrderButtons } from "./order-buttons";
import { gateKind } from "./plan-words";
import styles from "./plan.module.css";
import type { PlanGate } from "./types";

const KINDS: readonly PlanGate["kind"][] = ["approval", "checklist", "smoke", "webhook", "analysis", "share"];

interface GatesEditorProps {
  /** Where they stand, for names: `step 2`. */
  readonly where: string;
  readonly gates: readonly PlanGate[];
  readonly onChange: (gates: readonly PlanGate[]) => void;
  /** Before the first step nothing can be judged or counted. */
  readonly before?: boolean;
}

/** The gates of one place in a plan: their kind, what people read, and the address that a program needs. */
export function GatesEditor({ where, gates, onChange, before = false }: GatesEditorProps) {
  const kinds = KINDS.filter((kind) => !before || (kind !== "analysis" && kind !== "share"));
  return (
    <div className={styles.gates}>
      {gates.map((gate, index) => (
        <GateRow
          key={gate.name}
          gate={gate}
          what={`gate ${gate.name} of ${where}`}
          kinds={kinds}
          index={index}
          length={gates.length}
          onChange={(part) => onChange(changedItem(gates, index, part))}
          onReplace={(kind) =>
            onChange(
              gates.map((each, i) =>
                i === index ? { ...newGate(withoutItem(gates, i), kind), title: each.title } : each,
              ),
            )
          }
          onRemove={() => onChange(withoutItem(gates, index))}
        />
      ))}
      <Menu position="bottom-start">
        <Menu.Target>
          <Button size="compact-sm" variant="subtle" leftSection={<IconPlus size={14} />}>
            Add a gate to {where}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {kinds.map((kind) => (
            <Menu.Item key={kind} onClick={() => onChange([...gates, newGate(gates, kind)])}>
              {gateKind(kind)}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </div>
  );
}

interface GateRowProps {
  readonly gate: PlanGate;
  readonly what: string;
  readonly kinds: readonly PlanGate["kind"][];
  readonly index: number;
  readonly length: number;
  readonly onChange: (part: Partial<PlanGate>) => void;
  readonly onReplace: (kind: PlanGate["kind"]) => void;
  readonly onRemove: () => void;
}

function GateRow({ gate, what, kinds, index, length, onChange, onReplace, onRemove }: GateRowProps) {
  return (
    <div className={styles.gateRow}>
      <Select
        aria-label={`Kind of ${what}`}
        data={kinds.map((kind) => ({ value: kind, label: gateKind(kind) }))}
        value={gate.kind}
        allowDeselect={false}
        onChange={(kind) => kind && kind !== gate.kind && onReplace(kind)}
      />
      <TextInput
        aria-label={`Title of ${what}`}
        placeholder="What people read"
        value={gate.title ?? ""}
        onChange={(event) => onChange({ title: event.currentTarget.value })}
      />
      <GateAddress gate={gate} what={what} onChange={onChange} />
      <OrderButtons what={what} index={index} length={length} onRemove={onRemove} />
    </div>
  );
}

type AddressProps = Pick<GateRowProps, "gate" | "what" | "onChange">;

/** Where the service asks; a smoke test of several requests is edited as JSON. */
function GateAddress({ gate, what, onChange }: AddressProps) {
  const { kind, checks = [], hook } = gate;
  if (kind !== "smoke" && kind !== "webhook") return null;
  if (checks.length > 1) return <span className={styles.more}>{checks.length} requests: see the JSON</span>;
  const set = (url: string) =>
    onChange(kind === "smoke" ? { checks: [{ ...checks[0], url }] } : { hook: { ...hook, url } });
  return (
    <TextInput
      aria-label={`Address of ${what}`}
      placeholder="https://…"
      value={(kind === "smoke" ? checks[0]?.url : hook?.url) ?? ""}
      onChange={(event) => set(event.currentTarget.value)}
    />
  );
}
