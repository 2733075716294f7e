import type { System } from "@/api/service";
import { Panel } from "@/components/panel";
import { Tag } from "@/components/tag";
import { When } from "@/components/when";

import styles from "./system.module.css";
import { dependencies, type Dependency } from "@/components/health";

/** What the service depends on, how each is, and what still works without it. */
export function Depends({ system }: { readonly system: System }) {
  return (
    <Panel title="Depends on" flush>
      <ul className={styles.rows}>
        {dependencies(system).map((each) => (
          <Row key={each.name} dependency={each} />
        ))}
      </ul>
    </Panel>
  );
}

function Row({ dependency }: { readonly dependency: Dependency }) {
  const { name, about, word, tone, value, since, meanwhile } = dependency;
  const used = word !== "not used";
  return (
    <li className={styles.row}>
      <span>
        <strong>{name}</strong>
        <br />
        <span className={styles.about}>{about}</span>
      </span>
      <span className={styles.value}>
        <Tag tone={tone} dot>
          {word}
        </Tag>
        <br />
        <span className={styles.about}>
          {used && since && tone !== "ok" ? (
            <>
              {value}, since <When at={since} />
            </>
          ) : (
            value
          )}
        </span>
      </span>
      {meanwhile && <span className={styles.meanwhile}>{meanwhile}</span>}
    </li>
  );
}
