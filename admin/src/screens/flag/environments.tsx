import { Select } from "@mantine/core";
import { Link } from "@tanstack/react-router";

import { EnvironmentName, type Environment } from "@/components/environment";
import { Tag } from "@/components/tag";
import { cellSaid, type Cell } from "@/text/cells";

import styles from "./flag.module.css";

interface EnvironmentsProps {
  readonly environments: readonly Environment[];
  readonly cells: Readonly<Record<string, Cell>>;
  readonly current: string;
  readonly onChoose: (key: string) => void;
}

/** Every environment at once, with its state in a word; one of them is looked at. */
export function Environments({ environments, cells, current, onChoose }: EnvironmentsProps) {
  return (
    <nav aria-label="Environments">
      <ul className={styles.environments}>
        {environments.map((environment) => {
          const cell = cells[environment.key];
          const said = cell && cellSaid(cell);
          return (
            <li key={environment.key}>
              <Link
                from="/flags/$key"
                to="."
                search={(before) => ({ ...before, env: environment.key })}
                onClick={() => onChoose(environment.key)}
                className={styles.environment}
                aria-current={environment.key === current ? "true" : undefined}
                title={said?.sentence}
                activeProps={{}}
              >
                <EnvironmentName environment={environment} />
                {said && <Tag tone={said.tone}>{said.word}</Tag>}
              </Link>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}

interface AgainstPickerProps {
  readonly environments: readonly Environment[];
  readonly current: string;
  readonly value: string | undefined;
  readonly onChange: (key: string | undefined) => void;
}

/** The environment to compare with, side by side. */
export function AgainstPicker({ environments, current, value, onChange }: AgainstPickerProps) {
  const data = environments
    .filter(({ key }) => key !== current)
    .map(({ key, name }) => ({ value: key, label: name ?? key }));
  if (!data.length) return null;
  return (
    <Select
      aria-label="Compare with"
      placeholder="Compare with…"
      data={data}
      value={value ?? null}
      onChange={(key) => onChange(key ?? undefined)}
      clearable
      w={200}
    />
  );
}
