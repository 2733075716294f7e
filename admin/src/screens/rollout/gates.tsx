import { Button, Group, Text } from "@mantine/core";

import type { Schemas } from "@/api/client";
import type { Environment } from "@/components/environment";
import { Tag, type Tone } from "@/components/tag";
import { Timed } from "@/components/when";

import styles from "./rollout.module.css";
import { useGate } from "./use-command";

type Gate = Schemas["GateStatus"];

const KINDS: Readonly<Record<string, string>> = {
  approval: "a person has to approve",
  checklist: "somebody has to tick it off",
  smoke: "the service makes the requests of its smoke test",
  webhook: "a program has to answer",
  analysis: "the verdict has to be healthy",
  share: "the share that arrives has to be the one that was told",
};

const STANDINGS: Readonly<Record<string, readonly [string, Tone]>> = {
  open: ["open", "warn"],
  passed: ["passed", "ok"],
  failed: ["failed", "bad"],
};

/** Only people and programs can be spoken for; a verdict speaks for itself. */
const BY_HAND = (gate: Gate) => gate.standing === "open" && gate.kind !== "analysis";

interface GateListProps {
  readonly environment: Environment;
  readonly rolloutKey: string;
  readonly gates: readonly Gate[];
}

/** Everything that is waited for: what it is, where it stands and why, and the buttons where people decide. */
export function GateList({ environment, rolloutKey, gates }: GateListProps) {
  const decide = useGate(environment, rolloutKey);
  if (!gates.length) return null;
  return (
    <ul className={styles.gates} aria-label="Gates">
      {gates.map((gate) => {
        const [word, tone] = STANDINGS[gate.standing ?? ""] ?? ["not yet", "quiet"];
        const title = gate.title || gate.name;
        return (
          <li key={gate.name} className={styles.gate}>
            <Group gap="xs" justify="space-between" wrap="nowrap" align="flex-start">
              <span>{title}</span>
              <Tag tone={tone}>{word}</Tag>
            </Group>
            <Text size="sm" c="dimmed">
              <Timed text={why(gate)} />
            </Text>
            {BY_HAND(gate) && (
              <Group gap="xs" mt={6}>
                <Button size="xs" onClick={() => void decide(gate, "pass")} aria-label={`Pass ${title}`}>
                  Pass
                </Button>
                <Button
                  size="xs"
                  variant="default"
                  onClick={() => void decide(gate, "fail")}
                  aria-label={`Fail ${title}`}
                >
                  Fail
                </Button>
              </Group>
            )}
          </li>
        );
      })}
    </ul>
  );
}

function why(gate: Gate): string {
  const kind = KINDS[gate.kind] ?? gate.kind;
  const reason = gate.standing === "open" ? `Open: ${kind}` : gate.by ? `By ${gate.by}` : kind;
  const tries = gate.tries > 1 ? ` Tried ${String(gate.tries)} times.` : "";
  return `${reason}${gate.detail ? `. ${gate.detail}` : ""}.${tries}`;
}
