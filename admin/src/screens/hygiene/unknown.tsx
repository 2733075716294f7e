import { Anchor, Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Fragment } from "react";

import { unknownKeysQuery, type UnknownKey, type UnknownKeys } from "@/api/service";
import { Async } from "@/components/async";
import { EnvironmentName, type Environment } from "@/components/environment";
import { useEnvironments } from "@/components/environment-picker";
import { Panel } from "@/components/panel";
import { Tag } from "@/components/tag";
import { Exactly, When } from "@/components/when";
import { count, number } from "@/text/numbers";

import styles from "./unknown.module.css";
import { askers, GUESSES, guessOf } from "./unknown-words";

/** Reports of clients arrive without an event. */
const AGAIN_MS = 30_000;

/** Keys that clients ask for and that no flag has: who asks, what may be meant, and what to do. */
export function Unknown() {
  const query = useQuery({ ...unknownKeysQuery, refetchInterval: AGAIN_MS });
  const amount = query.data?.items.length;
  return (
    <Panel title="Asked for, but unknown" note={amount ? count(amount, "key") : undefined} flush>
      <Async query={query} lines={3}>
        {(found) => <Found found={found} />}
      </Async>
    </Panel>
  );
}

function Found({ found: { days, items, others } }: { readonly found: UnknownKeys }) {
  const environments = useEnvironments();
  return (
    <>
      <p className={styles.lead}>
        {items.length
          ? "Code asks for these keys and gets its own default, because there is no such flag in the environment."
          : `In ${count(days, "day")} no client has asked for a flag that is not there. A typo in the code, or a flag that was archived too early, would show up here.`}
      </p>
      {items.length > 0 && (
        <ul className={styles.rows} aria-label="Unknown keys">
          {items.map((item) => (
            <Row key={`${item.environment}/${item.key}`} item={item} environments={environments} />
          ))}
        </ul>
      )}
      {others.map(({ environment, asked, lastAskedAt }) => (
        <p key={environment} className={styles.lead}>
          <Named environment={environment} environments={environments} />: asked {count(asked, "time")} more,
          last <When at={lastAskedAt} />, for what cannot be a key, or for one of too many.
        </p>
      ))}
    </>
  );
}

interface RowProps {
  readonly item: UnknownKey;
  readonly environments: readonly Environment[];
}

function Row({ item, environments }: RowProps) {
  const guess = GUESSES[guessOf(item)];
  return (
    <li className={styles.row}>
      <div>
        <div className={styles.head}>
          <span className={`fs-mono ${styles.key ?? ""}`}>{item.key}</span>
          <Tag tone={guess.tone}>{guess.word}</Tag>
        </div>
        <div className={styles.sub}>
          <Named environment={item.environment} environments={environments} /> · asked{" "}
          {count(item.asked, "time")}, last <When at={item.lastAskedAt} />, by{" "}
          <span
            title={item.askedBy
              .map(({ application, sdk, asked }) => `${application || "no name"} (${sdk}): ${number(asked)}`)
              .join("\n")}
          >
            {askers(item)}
          </span>
        </div>
        <p className={styles.meaning}>
          <Meaning item={item} />
        </p>
      </div>
      <div className={styles.action}>
        {item.archivedAt === null ? (
          <Button
            size="xs"
            variant="default"
            aria-label={`Create a flag ${item.key}`}
            renderRoot={(props) => <Link {...props} to="/flags" search={{ create: true, key: item.key }} />}
          >
            Create a flag
          </Button>
        ) : (
          <Button
            size="xs"
            variant="default"
            aria-label={`Show the flag ${item.key}`}
            renderRoot={(props) => (
              <Link {...props} to="/flags/$key" params={{ key: item.key }} search={{ tab: "settings" }} />
            )}
          >
            Show the flag
          </Button>
        )}
      </div>
    </li>
  );
}

function Meaning({ item }: { readonly item: UnknownKey }) {
  if (item.archivedAt !== null)
    return (
      <>
        Archived on <Exactly at={item.archivedAt} />, and code still asks for it: remove the call, or restore
        the flag.
      </>
    );
  if (!item.similar.length)
    return <>No flag has a key like it: it was not created yet, or nobody needs it.</>;
  return (
    <>
      Did you mean{" "}
      {item.similar.map((key, i) => (
        <Fragment key={key}>
          {i > 0 && (i === item.similar.length - 1 ? " or " : ", ")}
          <Anchor
            inherit
            underline="always"
            renderRoot={(props) => <Link {...props} to="/flags/$key" params={{ key }} />}
          >
            {key}
          </Anchor>
        </Fragment>
      ))}
      ?
    </>
  );
}

interface NamedProps {
  readonly environment: string;
  readonly environments: readonly Environment[];
}

function Named({ environment, environments }: NamedProps) {
  const known = environments.find(({ key }) => key === environment);
  return known ? <EnvironmentName environment={known} /> : <>{environment}</>;
}
