import { Anchor, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";

import { percent } from "@/text/weights";

import { standingWords, wantedNow } from "./ladder-state";
import styles from "./rollout.module.css";
import type { Known } from "./queries";

interface TargetsProps {
  readonly environment: string;
  readonly rollout: Known;
}

/** What is moved: what the plan wants for the candidate, what was told, and what is really seen. */
export function Targets({ environment, rollout: { status } }: TargetsProps) {
  return (
    <section className="fs-card" aria-labelledby="targets">
      <Title order={2} id="targets" mb="xs">
        What is moved
      </Title>
      {status.targets.length ? (
        <table className="fs-table fs-cards">
          <thead>
            <tr>
              <th scope="col">Place</th>
              <th scope="col">Candidate</th>
              <th scope="col">Wanted</th>
              <th scope="col">Told</th>
              <th scope="col">Observed</th>
            </tr>
          </thead>
          <tbody>
            {status.targets.map((target) => (
              <tr key={target.name}>
                <td data-label="Place">
                  <span>
                    <Place environment={environment} kind={target.kind} name={target.key} />
                    <Text size="sm" c="dimmed">
                      {target.kind === "flag" ? "flag" : "traffic split"}
                      {target.rule && `, rule ${target.rule}`}
                    </Text>
                  </span>
                </td>
                <td data-label="Candidate">
                  <span>
                    {target.candidate} <span className={styles.against}>against {target.baseline}</span>
                  </span>
                </td>
                <td data-label="Wanted" className={styles.numbers}>
                  {weight(wantedNow(status, target))}
                </td>
                <td data-label="Told" className={styles.numbers}>
                  <span>
                    {weight(target.weight)}
                    <Text size="sm" c="dimmed">
                      {standingWords(target.standing)}
                      {target.detail && `: ${target.detail}`}
                    </Text>
                  </span>
                </td>
                <td data-label="Observed" className={styles.numbers}>
                  {target.observed === null ? (
                    <span className={styles.against}>no router counts</span>
                  ) : (
                    percent(target.observed)
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : (
        <Text c="dimmed">Nothing: somebody else moves the traffic, and this plan only judges.</Text>
      )}
    </section>
  );
}

function weight(of: number | null) {
  if (of !== null) return percent(of);
  return (
    <span className={styles.against}>
      <span aria-hidden="true">—</span>
      <span className="fs-hidden">nothing</span>
    </span>
  );
}

interface PlaceProps {
  readonly environment: string;
  readonly kind: "flag" | "split";
  readonly name: string;
}

function Place({ environment, kind, name }: PlaceProps) {
  return kind === "flag" ? (
    <Anchor
      renderRoot={(props) => (
        <Link {...props} to="/flags/$key" params={{ key: name }} search={{ env: environment }} />
      )}
    >
      {name}
    </Anchor>
  ) : (
    <Anchor
      renderRoot={(props) => (
        <Link {...props} to="/splits/$env/$key" params={{ env: environment, key: name }} />
      )}
    >
      {name}
    </Anchor>
  );
}
