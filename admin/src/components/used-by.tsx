import { Anchor, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";

import type { Schemas } from "@/api/client";

import styles from "./used-by.module.css";

type User = Schemas["DocumentUser"];

interface UsedByProps {
  readonly environment: string;
  readonly users: readonly User[];
  /** What is said when nothing refers to it. */
  readonly nobody: string;
}

const PLACES: Readonly<Record<User["kind"], (environment: string, key: string) => string | null>> = {
  flag: (environment, key) => `/flags/${key}?env=${environment}`,
  segment: (environment, key) => `/segments/${environment}/${key}`,
  split: (environment, key) => `/splits/${environment}/${key}`,
  binding: () => null,
  plan: (environment, key) => `/plans/${environment}/${key}`,
  rollout: (environment, key) => `/rollouts/${environment}/${key}`,
};

/** Everything that refers to a document, with the place in words and the way there. */
export function UsedBy({ environment, users, nobody }: UsedByProps) {
  if (!users.length)
    return (
      <Text size="sm" c="dimmed">
        {nobody}
      </Text>
    );
  return (
    <ul className={styles.users} aria-label="Used by">
      {users.map(({ kind, key, name, where, pointer }) => {
        const to = PLACES[kind](environment, key);
        return (
          <li key={kind + key + pointer}>
            <span className={styles.kind}>{kind}</span>
            <span>
              {to ? (
                <Anchor component={Link} to={to}>
                  {name ?? key}
                </Anchor>
              ) : (
                (name ?? key)
              )}{" "}
              <Text span size="sm" c="dimmed">
                {where}
              </Text>
            </span>
          </li>
        );
      })}
    </ul>
  );
}
