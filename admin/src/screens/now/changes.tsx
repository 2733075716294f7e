import { Anchor, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Fragment } from "react";

import { changeQuery } from "@/api/changes";
import { Async } from "@/components/async";
import { EnvironmentName } from "@/components/environment";
import { useEnvironments } from "@/components/environment-picker";
import { Panel } from "@/components/panel";
import { When } from "@/components/when";
import { count } from "@/text/numbers";

import styles from "./now.module.css";
import { flagChangesQuery } from "./queries";
import { deeds, inWords, type Deed } from "./words";

const SHOWN = 8;
const NAMED = 3;

/** What happened to flags within a day: who, where, and what it did in words. */
export function Changes() {
  const query = useQuery(flagChangesQuery);
  return (
    <Panel
      title="Flags changed in the last 24 hours"
      note={
        <Anchor size="sm" renderRoot={(props) => <Link {...props} to="/audit" search={{ kind: "flag" }} />}>
          All changes
        </Anchor>
      }
      flush
    >
      <Async
        query={query}
        lines={5}
        isEmpty={(changes) => changes.length === 0}
        empty={
          <Text size="sm" className={styles.pad}>
            Nobody changed a flag.
          </Text>
        }
      >
        {(changes) => (
          <ul className={styles.rows}>
            {deeds(changes)
              .slice(0, SHOWN)
              .map((deed) => (
                <Row key={deed.id} deed={deed} />
              ))}
          </ul>
        )}
      </Async>
    </Panel>
  );
}

function Row({ deed }: { readonly deed: Deed }) {
  const known = useEnvironments();
  const everywhere = deed.environments.length === 0 || deed.environments.length >= known.length;
  const places = known.filter(({ key }) => deed.environments.includes(key));
  return (
    <li className={styles.row}>
      <div className={styles.head}>
        <span>
          <strong>{deed.who}</strong> {deed.verb}{" "}
          <Flags keys={deed.flags} environment={deed.environments[0]} />
        </span>
        {everywhere ? (
          <span className={styles.sub}>in every environment</span>
        ) : (
          places.map((environment) => <EnvironmentName key={environment.key} environment={environment} />)
        )}
        <span className={styles.sub}>
          <When at={deed.at} />
        </span>
      </div>
      {deed.shown && deed.verb === "edited" && <Words deed={deed} shown={deed.shown} />}
      {deed.reason && <div className={styles.sub}>“{deed.reason}”</div>}
    </li>
  );
}

function Flags({
  keys,
  environment,
}: {
  readonly keys: readonly string[];
  readonly environment: string | undefined;
}) {
  return (
    <>
      {keys.slice(0, NAMED).map((key, i) => (
        <Fragment key={key}>
          {i > 0 && ", "}
          <Anchor
            inherit
            fw={600}
            underline="always"
            renderRoot={(props) => (
              <Link {...props} to="/flags/$key" params={{ key }} search={{ env: environment }} />
            )}
          >
            {key}
          </Anchor>
        </Fragment>
      ))}
      {keys.length > NAMED && ` and ${count(keys.length - NAMED, "further flag")}`}
    </>
  );
}

function Words({ deed, shown }: { readonly deed: Deed; readonly shown: NonNullable<Deed["shown"]> }) {
  const { data } = useQuery(changeQuery(shown.environment, shown.revision));
  const said = data && deed.flags[0] ? inWords(data, deed.flags[0]) : "";
  return said ? <p className={styles.words}>{said}</p> : null;
}
