import { Text } from "@mantine/core";

import type { Schemas } from "@/api/client";
import { Tag } from "@/components/tag";
import { count } from "@/text/numbers";

import styles from "./new.module.css";

/** What the table of the power says at length. */
const POWER = new Set(["low-power", "late-proof"]);

/** What was found before a rollout: what stands in the way first, then what deserves a second look. */
export function Findings({ found }: { readonly found: Schemas["Preflight"] }) {
  const tabled = found.steps.length > 0;
  const sorted = found.findings
    .filter(({ code }) => !tabled || !POWER.has(code))
    .sort((a, b) => a.level.localeCompare(b.level));
  const rest = found.findings.length - sorted.length;
  return (
    <>
      <Text mb="xs">{found.findings.length ? found.summary : "Nothing stands in the way."}</Text>
      <ul className={styles.findings}>
        {sorted.map(({ level, pointer, code, detail }) => (
          <li key={pointer + code}>
            <Tag tone={level === "error" ? "bad" : "warn"}>{level}</Tag>
            <span>
              {detail} <span className={styles.pointer}>{pointer}</span>
            </span>
          </li>
        ))}
      </ul>
      {rest > 0 && (
        <Text size="sm" mt="xs">
          {count(rest, "warning")} about what a bake can see: in the table below.
        </Text>
      )}
    </>
  );
}
