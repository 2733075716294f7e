import {
  closestCenter,
  DndContext,
  PointerSensor,
  useSensor,
  useSensors,
  type DragEndEvent,
} from "@dnd-kit/core";
import { SortableContext, verticalListSortingStrategy } from "@dnd-kit/sortable";
import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";

import type { Rule } from "@/text/words";

import { useScene } from "./context";
import { blankRule, copyOf, shifted } from "./draft";
import styles from "./flag.module.css";
import { RuleCard } from "./rule-card";
import { Section } from "./section";

const FAR_PX = 6; // a click is no drag
const silent = () => undefined;
/** The library would read ids aloud; the rule's new place is said below, as it is when a button moved it. */
const SAID_BELOW = {
  announcements: { onDragStart: silent, onDragOver: silent, onDragEnd: silent, onDragCancel: silent },
};

/** Rules in their order: the first whose condition holds decides. */
export function RulesSection() {
  const { value, set, editing, still } = useScene();
  const [open, setOpen] = useState<readonly string[]>([]);
  const [last, setLast] = useState<{ id: string; by: -1 | 1; said: string } | null>(null);
  const list = useRef<HTMLOListElement>(null);
  const sensors = useSensors(useSensor(PointerSensor, { activationConstraint: { distance: FAR_PX } }));
  const { rules } = value;
  const ids = rules.map((rule, i) => rule.id ?? String(i));
  useEffect(() => {
    if (last) follow(list.current, last.id, last.by);
  }, [last]);

  const put = (next: Rule[]) => set({ rules: next });
  const move = (from: number, to: number) => {
    const by = to < from ? -1 : 1;
    put(shifted(rules, from, to));
    setLast({
      id: ids[from] ?? "",
      by,
      said: `Rule ${String(from + 1)} is now rule ${String(to + 1)} of ${String(rules.length)}`,
    });
  };
  const add = (rule: Rule, place: number) => {
    put(rules.toSpliced(place, 0, rule));
    setOpen([...open, rule.id ?? ""]);
  };
  const dropped = ({ active, over }: DragEndEvent) => {
    const [from, to] = [ids.indexOf(String(active.id)), ids.indexOf(String(over?.id))];
    if (from >= 0 && to >= 0 && from !== to) move(from, to);
  };
  return (
    <Section title="Rules" hint="in this order, the first that holds decides">
      {!rules.length && <p className={styles.says}>None: everybody gets the default.</p>}
      <DndContext
        sensors={sensors}
        collisionDetection={closestCenter}
        accessibility={SAID_BELOW}
        onDragEnd={dropped}
      >
        <SortableContext items={ids} strategy={verticalListSortingStrategy} disabled={still}>
          <ol className={styles.rules} ref={list}>
            {rules.map((rule, i) => (
              <RuleCard
                key={ids[i]}
                id={ids[i] ?? ""}
                rule={rule}
                place={i}
                count={rules.length}
                open={open.includes(ids[i] ?? "")}
                onOpen={(shown) =>
                  setOpen(shown ? [...open, ids[i] ?? ""] : open.filter((id) => id !== ids[i]))
                }
                onChange={(next) => put(rules.with(i, next))}
                onMove={(by) => move(i, i + by)}
                onDuplicate={() => add(copyOf(rule), i + 1)}
                onRemove={() => put(rules.toSpliced(i, 1))}
              />
            ))}
          </ol>
        </SortableContext>
      </DndContext>
      {!still && (
        <Button
          size="compact-md"
          variant="subtle"
          leftSection={<IconPlus size={16} />}
          onClick={() => add(blankRule(other(editing.names, value.offVariant)), rules.length)}
        >
          Add rule
        </Button>
      )}
      <span className="fs-hidden" role="status" aria-live="polite">
        {last?.said}
      </span>
    </Section>
  );
}

/** A rule is there to serve something else than what everybody gets while it is off. */
function other(names: readonly string[], off: string): string {
  return names.find((name) => name !== off) ?? off;
}

/** The focus goes along with the rule that was moved. */
function follow(list: HTMLElement | null, id: string, by: -1 | 1): void {
  const card = [...(list?.children ?? [])].find((each) => each.getAttribute("data-rule") === id);
  const button = (way: number) =>
    card?.querySelector<HTMLButtonElement>(`[data-step="${String(way)}"]:not([disabled])`);
  (button(by) ?? button(-by))?.focus();
}
