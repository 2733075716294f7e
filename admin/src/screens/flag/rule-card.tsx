import { useSortable } from "@dnd-kit/sortable";
import { ActionIcon, Textarea } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconCopy, IconGripVertical, IconTrash } from "@tabler/icons-react";
import type { CSSProperties } from "react";

import { below, ConditionEditor, said, spoken } from "@/components/conditions";
import { Tag } from "@/components/tag";
import { same } from "@/text/diff";
import { condition, serve, type Rule } from "@/text/words";

import { useScene } from "./context";
import { servedOf, serving, type Decisions } from "./draft";
import { EditToggle } from "./edit-toggle";
import styles from "./flag.module.css";
import { DrivenBy } from "./section";
import { ServePart } from "./serve-part";

interface RuleCardProps {
  readonly id: string;
  readonly rule: Rule;
  readonly place: number;
  readonly count: number;
  readonly open: boolean;
  readonly onOpen: (open: boolean) => void;
  readonly onChange: (rule: Rule) => void;
  readonly onMove: (by: -1 | 1) => void;
  readonly onDuplicate: () => void;
  readonly onRemove: () => void;
}

/** One rule: a sentence, and its editor in the same place. */
export function RuleCard(props: RuleCardProps) {
  const { id, rule, place, open, onOpen } = props;
  const { configuration, driven, environment, still, editing } = useScene();
  const { setNodeRef, setActivatorNodeRef, listeners, ...drag } = useSortable({ id, disabled: still });
  const live = configuration.rules.find((each) => each.id === rule.id);
  const wrong = below(editing.faults, `/rules/${String(place)}`).length;
  const number = String(place + 1);
  return (
    <li
      ref={setNodeRef}
      className={styles.rule}
      data-rule={id}
      data-changed={live && same(live, rule) ? undefined : true}
      style={shift(drag.transform, drag.transition, drag.isDragging)}
    >
      <div className={styles.ruleHead}>
        {!still && (
          <span
            ref={setActivatorNodeRef}
            className={styles.grip}
            {...listeners}
            aria-hidden="true"
            title="Drag to move"
          >
            <IconGripVertical size={16} />
          </span>
        )}
        <span className={styles.number}>{number}</span>
        <div className={styles.ruleText}>
          {rule.description && <strong>{rule.description}: </strong>}
          <span className={styles.keyword}>IF</span> {condition(spoken(rule.when))}{" "}
          <span className={styles.keyword}>THEN</span> {serve(rule)} {!live && <Tag tone="info">new</Tag>}{" "}
          {wrong > 0 && <Tag tone="bad">to be completed</Tag>}
        </div>
        {!still && <RuleActions {...props} />}
      </div>
      {driven[id] && <DrivenBy rollout={driven[id]} environment={environment.key} />}
      {open && <RuleEditor {...props} live={live} onDone={() => onOpen(false)} />}
    </li>
  );
}

type Sortable = ReturnType<typeof useSortable>;

function shift(
  transform: Sortable["transform"],
  transition: Sortable["transition"],
  dragging: boolean,
): CSSProperties {
  const moved = transform ? `translate3d(${String(transform.x)}px, ${String(transform.y)}px, 0)` : undefined;
  return { transform: moved, transition, zIndex: dragging ? 2 : undefined, position: "relative" };
}

function RuleActions({ place, count, open, onOpen, onMove, onDuplicate, onRemove }: RuleCardProps) {
  const name = `rule ${String(place + 1)}`;
  return (
    <div className={styles.ruleActions}>
      <EditToggle what={name} open={open} onChange={onOpen} />
      <ActionIcon
        aria-label={`Move ${name} up`}
        data-step="-1"
        disabled={place === 0}
        onClick={() => onMove(-1)}
      >
        <IconArrowUp size={16} />
      </ActionIcon>
      <ActionIcon
        aria-label={`Move ${name} down`}
        data-step="1"
        disabled={place === count - 1}
        onClick={() => onMove(1)}
      >
        <IconArrowDown size={16} />
      </ActionIcon>
      <ActionIcon aria-label={`Duplicate ${name}`} onClick={onDuplicate}>
        <IconCopy size={16} />
      </ActionIcon>
      <ActionIcon aria-label={`Remove ${name}`} onClick={onRemove}>
        <IconTrash size={16} />
      </ActionIcon>
    </div>
  );
}

interface RuleEditorProps extends RuleCardProps {
  readonly live: Rule | undefined;
  readonly onDone: () => void;
}

function RuleEditor({ id, rule, place, live, onChange }: RuleEditorProps) {
  const { environment, editing, driven } = useScene();
  const pointer = `/rules/${String(place)}`;
  const label = `rule ${String(place + 1)}`;
  const next = editing.rehearsal.written?.document as Partial<Decisions> | undefined;
  return (
    <div className={styles.body}>
      <ConditionEditor
        label={`Condition of ${label}`}
        environment={environment.key}
        value={rule.when}
        onChange={(when) => onChange({ ...rule, when })}
        faults={below(editing.faults, `${pointer}/when`)}
      />
      {!driven[id] && (
        <div className={styles.then}>
          <span className={styles.keyword}>THEN</span>
          <ServePart
            label={label}
            pointer={pointer}
            value={servedOf(rule)}
            live={live}
            next={next?.rules?.find((each) => each.id === rule.id)}
            onChange={(value) => onChange(serving(rule, value))}
          />
        </div>
      )}
      <Textarea
        mt="sm"
        label="Description"
        placeholder="what the rule is for"
        autosize
        maxLength={10_000}
        value={rule.description ?? ""}
        onChange={(event) => onChange(described(rule, event.currentTarget.value))}
        error={said(editing.faults, `${pointer}/description`)}
      />
    </div>
  );
}

function described(rule: Rule, description: string): Rule {
  return serving({ ...rule, description }, servedOf(rule));
}
