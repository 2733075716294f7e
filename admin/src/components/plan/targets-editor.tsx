import { Button, TextInput, Title } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";

import { changedItem, movedItem, newTarget, renamed, withoutTarget } from "./edit";
import { OrderButtons } from "./order-buttons";
import { candidateOf, type Place } from "./places";
import styles from "./plan.module.css";
import { TargetFields } from "./target-fields";
import type { Plan } from "./types";

interface TargetsEditorProps {
  readonly plan: Plan;
  readonly places: readonly Place[];
  readonly onChange: (plan: Plan) => void;
}

/** What is moved, in this order, and put back in the reverse one. */
export function TargetsEditor({ plan, places, onChange }: TargetsEditorProps) {
  const { targets } = plan;
  const add = () => {
    const free = places.find(
      ({ kind, key }) => !targets.some((each) => each.kind === kind && each.key === key),
    );
    if (!free) return;
    const { kind, key, baseline } = free;
    onChange({
      ...plan,
      targets: [...targets, newTarget(plan, { kind, key, baseline, candidate: candidateOf(free) })],
    });
  };
  return (
    <section aria-labelledby="plan-targets">
      <Title order={2} id="plan-targets" mb="xs">
        What is moved
      </Title>
      <ol className={styles.steps}>
        {targets.map((target, index) => (
          <li key={index} className={styles.step}>
            <div className={styles.stepHead}>
              <TextInput
                aria-label={`Name of target ${String(index + 1)}`}
                value={target.name}
                onChange={(event) => onChange(renamed(plan, index, event.currentTarget.value))}
              />
              <OrderButtons
                what={`target ${target.name}`}
                index={index}
                length={targets.length}
                onMove={(to) => onChange({ ...plan, targets: movedItem(targets, index, to) })}
                onRemove={() => onChange(withoutTarget(plan, index))}
              />
            </div>
            <TargetFields
              target={target}
              places={places}
              onChange={(part) => onChange({ ...plan, targets: changedItem(targets, index, part) })}
            />
          </li>
        ))}
      </ol>
      <Button variant="default" size="sm" leftSection={<IconPlus size={16} />} onClick={add}>
        Add a target
      </Button>
    </section>
  );
}
