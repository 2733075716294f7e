import { Tooltip, UnstyledButton } from "@mantine/core";
import { useState, type ReactNode } from "react";

import type { Schemas } from "@/api/client";
import { Tag } from "@/components/tag";
import { When } from "@/components/when";
import { deed, how } from "@/text/deeds";
import { count } from "@/text/numbers";
import { day } from "@/text/times";

import { DocumentLink } from "./document-link";
import styles from "./records.module.css";

export type Change = Pick<
  Schemas["Change"],
  | "id"
  | "environment"
  | "revision"
  | "at"
  | "actor"
  | "reason"
  | "action"
  | "editCount"
  | "edits"
  | "hash"
  | "previousHash"
>;

interface ChangeListProps {
  readonly changes: readonly Change[];
  /** What stands before each: its revision, where it was. */
  readonly lead: (change: Change) => ReactNode;
  /** What is shown below one when its details are asked for; left out: there are none. */
  readonly details?: (change: Change) => ReactNode;
}

/** Changes, newest first, day by day: what was done, why, by whom, how and when. */
export function ChangeList({ changes, ...row }: ChangeListProps) {
  return (
    <div>
      {byDay(changes).map(([name, those]) => (
        <section key={name} aria-label={name}>
          <h2 className={styles.day}>{name}</h2>
          <ol className={styles.changes}>
            {those.map((change) => (
              <Row key={change.id} change={change} {...row} />
            ))}
          </ol>
        </section>
      ))}
    </div>
  );
}

function Row({ change, lead, details }: Omit<ChangeListProps, "changes"> & { readonly change: Change }) {
  const [shown, setShown] = useState(false);
  return (
    <li className={styles.change}>
      <div className={styles.lead}>{lead(change)}</div>
      <div className={styles.what}>
        <Deed change={change} />
        {change.reason && (
          <p className={styles.reason} data-whole={shown}>
            {change.reason}
          </p>
        )}
        {shown && <div className={styles.details}>{details?.(change)}</div>}
      </div>
      <div className={styles.who}>
        <Author change={change} />
        <span>
          <When at={change.at} />
          {details && (
            <UnstyledButton
              className={styles.more}
              aria-expanded={shown}
              aria-label={`Details of revision ${String(change.revision)} of ${change.environment}`}
              onClick={() => setShown(!shown)}
            >
              Details
            </UnstyledButton>
          )}
        </span>
      </div>
    </li>
  );
}

/** What a change did, with the document that it did it to. */
export function Deed({ change }: { readonly change: Change }) {
  const { words, after } = deed(change);
  const [first] = change.edits;
  const whole = change.action.startsWith("environment.") && first?.kind !== "environment";
  if (!first || whole) return <strong>{words || after}</strong>;
  const subject =
    first.kind === change.action.split(".")[0] ? change.edits.slice(0, 1) : change.edits.slice(0, 2);
  const more = change.editCount - subject.length;
  return (
    <>
      {words && <strong>{words} </strong>}
      {subject.map((edit, i) => (
        <span key={edit.kind + edit.key}>
          {i > 0 && ", "}
          <DocumentLink of={{ ...edit, environment: change.environment }} />
        </span>
      ))}
      {after && <strong> {after}</strong>}
      {more > 0 && <> and {count(more, "more document")}</>}
    </>
  );
}

/** Who it was, and how it came. */
export function Author({ change }: { readonly change: Change }) {
  const { word, meaning, itself } = how(change.actor, change.action);
  return (
    <span>
      {!itself && change.actor.name}
      <Tooltip label={meaning}>
        <span>
          <Tag tone={itself ? "info" : "quiet"}>{word}</Tag>
        </span>
      </Tooltip>
    </span>
  );
}

/** All documents of a change, as links. */
export function Touched({ change }: { readonly change: Change }) {
  const more = change.editCount - change.edits.length;
  return (
    <>
      {change.edits.map((edit, i) => (
        <span key={edit.kind + edit.key}>
          {i > 0 && ", "}
          <DocumentLink of={{ ...edit, environment: change.environment }} />
        </span>
      ))}
      {more > 0 && `, and ${String(more)} more`}
      {!change.edits.length && "none"}
    </>
  );
}

function byDay(changes: readonly Change[]): readonly (readonly [string, readonly Change[]])[] {
  const days = new Map<string, Change[]>();
  for (const change of changes) {
    const name = day(change.at);
    days.set(name, [...(days.get(name) ?? []), change]);
  }
  return [...days];
}
