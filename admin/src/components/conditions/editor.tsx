import { Button, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";

import { condition as inWords, type Condition } from "@/text/words";

import { comparison, spoken, unfinished } from "./blanks";
import styles from "./conditions.module.css";
import type { Faults } from "./faults";
import { Node, type Scene } from "./node";
import { attributesQuery } from "./queries";
import { placeOf } from "./steps";
import { joined, wordOf, type Path } from "./tree";

interface ConditionEditorProps {
  /** What it is the condition of, for those who hear it: `Condition of rule 2`. */
  readonly label: string;
  /** Whose segments are offered, and whose attributes suggested. */
  readonly environment: string;
  readonly value: Condition;
  readonly onChange: (value: Condition) => void;
  /** What the service found wrong, with pointers into this condition. */
  readonly faults?: Faults;
  /** A segment that may not be chosen: the one whose condition this is. */
  readonly without?: string;
}

/**
 * Edits a condition of any depth: groups by words and indentation, everything by keyboard. What is not yet complete is
 * said where it stands, together with what the service found.
 */
export function ConditionEditor(props: ConditionEditorProps) {
  const { label, environment, value, onChange, faults = [], without } = props;
  const attributes = useQuery(attributesQuery(environment));
  const frame = useRef<HTMLDivElement>(null);
  const [last, setLast] = useState<{ path: Path; by: -1 | 1; said: string } | null>(null);
  useEffect(() => {
    if (last) follow(frame.current, last.path, last.by);
  }, [last]);
  const scene: Scene = {
    root: value,
    environment,
    without,
    attributes: attributes.data ?? [],
    onChange,
    onMoved: (root, path, by) => {
      onChange(root);
      setLast({ path, by, said: `Moved to ${placeOf(root, path)}` });
    },
  };
  const here = unfinished(value);
  const known = [...here, ...faults.filter(({ pointer }) => !here.some((own) => own.pointer === pointer))];
  return (
    <div ref={frame} role="group" aria-label={label}>
      <p className={styles.sentence}>
        <Text span size="sm" fw={600} c="var(--fs-ink)">
          IF
        </Text>{" "}
        <Text span size="sm">
          {inWords(spoken(value))}
        </Text>
      </p>
      <Node value={value} path={[]} scene={scene} faults={known} />
      {!wordOf(value) && (
        <div className={styles.add}>
          {(["all", "any"] as const).map((word) => (
            <Button
              key={word}
              size="compact-sm"
              variant="subtle"
              leftSection={<IconPlus size={14} />}
              onClick={() => onChange(joined(value, word, comparison()))}
            >
              {word === "all" ? "AND another condition" : "OR another condition"}
            </Button>
          ))}
        </div>
      )}
      <span className="fs-hidden" role="status" aria-live="polite">
        {last?.said}
      </span>
    </div>
  );
}

/** The focus goes along with what was moved. */
function follow(frame: HTMLElement | null, path: Path, by: -1 | 1): void {
  const row = frame?.querySelector(`[data-path="${path.join(".")}"]`);
  const [way, other] = [String(by), String(-by)].map((move) =>
    [...(row?.querySelectorAll<HTMLButtonElement>(`[data-move="${move}"]`) ?? [])].find(
      (button) => button.closest("[data-path]") === row,
    ),
  );
  (way && !way.disabled ? way : other)?.focus();
}
