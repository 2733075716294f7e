import { Select, TextInput } from "@mantine/core";

import { candidateOf, placeOf, type Place } from "./places";
import styles from "./plan.module.css";
import type { PlanTarget } from "./types";

interface TargetFieldsProps {
  readonly target: PlanTarget;
  readonly places: readonly Place[];
  readonly onChange: (part: Partial<PlanTarget>) => void;
}

/** Which place is moved, and from which of its variants or backends to which. */
export function TargetFields({ target, places, onChange }: TargetFieldsProps) {
  const place = placeOf(places, target.kind, target.key);
  const options = [...new Set([...(place?.options ?? []), target.candidate, target.baseline])].filter(
    Boolean,
  );
  const choose = (value: string | null) => {
    const next = places.find((each) => idOf(each) === value);
    if (!next) return;
    const { kind, key, baseline } = next;
    onChange({ kind, key, candidate: candidateOf(next), baseline, rule: undefined });
  };
  return (
    <div className={styles.fields}>
      <Select
        label="What is moved"
        placeholder="A traffic split or a flag"
        searchable
        nothingFoundMessage="Nothing like that in this environment"
        data={groups(places, target)}
        value={target.key ? idOf(target) : null}
        onChange={choose}
        allowDeselect={false}
        limit={100}
      />
      <Select
        label="Candidate"
        description="gets the weight of each step"
        inputWrapperOrder={["label", "input", "description"]}
        data={options}
        value={target.candidate || null}
        onChange={(candidate) => candidate && onChange({ candidate })}
        allowDeselect={false}
      />
      <Select
        label="Baseline"
        description="gets what the others leave"
        inputWrapperOrder={["label", "input", "description"]}
        data={options}
        value={target.baseline || null}
        onChange={(baseline) => baseline && onChange({ baseline })}
        allowDeselect={false}
      />
      <TextInput
        label="Rule"
        description="its id; empty: the default"
        inputWrapperOrder={["label", "input", "description"]}
        value={target.rule ?? ""}
        onChange={(event) => onChange({ rule: event.currentTarget.value || undefined })}
      />
    </div>
  );
}

function idOf({ kind, key }: { readonly kind: string; readonly key: string }): string {
  return `${kind}/${key}`;
}

function groups(places: readonly Place[], target: PlanTarget) {
  const known = placeOf(places, target.kind, target.key);
  const all = known || !target.key ? places : [target, ...places];
  const of = (kind: Place["kind"]) =>
    all.filter((place) => place.kind === kind).map((place) => ({ value: idOf(place), label: place.key }));
  return [
    { group: "Traffic splits", items: of("split") },
    { group: "Flags", items: of("flag") },
  ];
}
