import { Button, Group, Stack, Text, UnstyledButton } from "@mantine/core";
import { IconChevronRight } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";

import { Difference } from "@/components/difference";
import { Tag, type Tone } from "@/components/tag";
import { kindWord } from "@/text/deeds";
import { difference, type Document } from "@/text/diff";
import { count } from "@/text/numbers";

import { JsonDifference } from "./json-difference";
import { Said } from "./said";
import styles from "./records.module.css";

/** One document in two forms; what is not there is null. */
export interface DocumentChange {
  readonly kind: string;
  readonly key: string;
  readonly before: Document | null;
  readonly after: Document | null;
  /** Who moves, each place in a sentence; left out where nobody said. */
  readonly moves?: readonly string[];
}

interface DifferencesProps {
  readonly of: readonly DocumentChange[];
  /** What can be done with one of them. */
  readonly actions?: (change: DocumentChange) => ReactNode;
}

const OPENED = 4;
const MOST = 50;

/** Documents that differ, one below the other; the first few are open. */
export function Differences({ of, actions }: DifferencesProps) {
  const [most, setMost] = useState(MOST);
  if (!of.length) return <Text c="dimmed">Nothing differs.</Text>;
  const rest = of.length - most;
  return (
    <Stack gap="xs" component="ul" className={styles.plain}>
      {of.slice(0, most).map((change, i) => (
        <li key={`${change.kind}/${change.key}`}>
          <OneDifference change={change} open={of.length <= OPENED || i === 0} actions={actions?.(change)} />
        </li>
      ))}
      {rest > 0 && (
        <li>
          <Button variant="default" size="xs" onClick={() => setMost(most + MOST)}>
            Show {Math.min(rest, MOST)} more of {rest}
          </Button>
        </li>
      )}
    </Stack>
  );
}

interface OneProps {
  readonly change: DocumentChange;
  readonly open: boolean;
  readonly actions: ReactNode;
}

function OneDifference({ change, open, actions }: OneProps) {
  const [shown, setShown] = useState(open);
  const [json, setJson] = useState(false);
  const [word, tone] = state(change);
  const lines = difference(change.before, change.after);
  return (
    <div role="group" className={styles.document} aria-label={`${kindWord(change.kind)} ${change.key}`}>
      <Group gap="xs" justify="space-between" className={styles.head}>
        <UnstyledButton
          className={styles.toggle}
          aria-expanded={shown}
          onClick={() => setShown(!shown)}
          data-open={shown}
        >
          <IconChevronRight size={16} aria-hidden="true" />
          <span className={styles.kind}>{kindWord(change.kind)}</span>
          <span className="fs-mono">{change.key}</span>
          <Tag tone={tone}>{word}</Tag>
          {!shown && <span className={styles.kind}>{count(lines.length, "line")}</span>}
        </UnstyledButton>
        {actions}
      </Group>
      {shown && (
        <div className={styles.body}>
          <Words change={change} />
          {change.moves && <Movers moves={change.moves} />}
          <UnstyledButton className={styles.quiet} aria-expanded={json} onClick={() => setJson(!json)}>
            {json ? "Hide JSON" : "Show JSON"}
          </UnstyledButton>
          {json && <JsonDifference before={change.before} after={change.after} />}
        </div>
      )}
    </div>
  );
}

/** One that is new or gone is told whole: there is nothing to hold against it. */
function Words({ change: { before, after } }: { readonly change: DocumentChange }) {
  if (before && after) return <Difference before={before} after={after} />;
  const only = after ?? before;
  return only && <Said document={only} />;
}

function Movers({ moves }: { readonly moves: readonly string[] }) {
  return (
    <p className={styles.moves}>
      <strong>Who moves:</strong> {moves.length ? moves.join("; ") : "nobody"}
    </p>
  );
}

function state({ before, after }: DocumentChange): readonly [string, Tone] {
  if (!before) return ["new", "ok"];
  if (!after) return ["gone", "bad"];
  return ["changed", "info"];
}
