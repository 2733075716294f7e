import { Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { matrixQuery } from "@/api/queries";
import { splitsQuery } from "@/api/traffic";

import type { Subject } from "./commands";
import type { Scene } from "./scene";

interface SubjectPickerProps {
  readonly scene: Scene;
}

const SHOWN = 60;

/** Chooses the flag or traffic split that is asked; what the address names can be asked even when it is gone. */
export function SubjectPicker({ scene: { environment, subject, set } }: SubjectPickerProps) {
  const flags = useQuery(matrixQuery);
  const splits = useQuery(splitsQuery(environment.key));
  const groups = [
    { group: "Flags", items: (flags.data?.items ?? []).map(({ key }) => option({ kind: "flag", key })) },
    { group: "Traffic splits", items: (splits.data ?? []).map(({ key }) => option({ kind: "split", key })) },
  ];
  const known = groups.some(({ items }) => items.some(({ value }) => value === idOf(subject)));
  const data = subject && !known ? [option(subject), ...groups] : groups;
  return (
    <Select
      label="Flag or traffic split"
      placeholder="Choose one"
      data={data}
      value={idOf(subject)}
      onChange={(id) => set(addressOf(id))}
      searchable
      limit={SHOWN}
      nothingFoundMessage={flags.isPending ? "Loading…" : "Nothing has that name."}
      allowDeselect={false}
    />
  );
}

function idOf(subject: Subject | null): string | null {
  return subject && `${subject.kind}/${subject.key}`;
}

function option(subject: Subject) {
  return { value: `${subject.kind}/${subject.key}`, label: subject.key };
}

function addressOf(id: string | null) {
  const [kind, key] = id?.split("/") ?? [];
  return { flag: kind === "flag" ? key : undefined, split: kind === "split" ? key : undefined };
}
