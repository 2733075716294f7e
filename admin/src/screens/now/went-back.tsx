import { Anchor } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { endedRolloutsQuery } from "@/api/service";
import { EnvironmentName } from "@/components/environment";
import { useEnvironments } from "@/components/environment-picker";
import { Panel } from "@/components/panel";
import { Tag } from "@/components/tag";
import { When } from "@/components/when";

import styles from "./now.module.css";
import { causeOf, wentBack } from "./words";

/** Verdicts that went bad: what was rolled back within a day, and why. Nothing where nothing was. */
export function WentBack({ now }: { readonly now: number }) {
  const query = useQuery(endedRolloutsQuery);
  const environments = useEnvironments();
  const lines = wentBack(query.data?.items ?? [], now);
  if (!lines.length) return null;
  return (
    <Panel title="Rolled back in the last 24 hours" flush>
      <ul className={styles.rows}>
        {lines.map((line) => {
          const environment = environments.find(({ key }) => key === line.environment);
          return (
            <li key={`${line.environment}/${line.key}`} className={styles.row}>
              <div className={styles.head}>
                <Anchor
                  fw={600}
                  renderRoot={(props) => (
                    <Link
                      {...props}
                      to="/rollouts/$env/$key"
                      params={{ env: line.environment, key: line.key }}
                    />
                  )}
                >
                  {line.name ?? line.key}
                </Anchor>
                <Tag tone="bad">{line.deployment.rollback?.automatic ? "by itself" : "by hand"}</Tag>
                {environment && <EnvironmentName environment={environment} />}
                <span className={styles.sub}>
                  <When at={line.endedAt} />
                </span>
              </div>
              <p className={styles.reason}>{causeOf(line)}</p>
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}
