import { Text } from "@mantine/core";

import { seenOf, standingOfRouter, type RouterStatus } from "@/components/standing";
import { Tag } from "@/components/tag";
import { WeightsBar } from "@/components/weights-bar";
import { When } from "@/components/when";
import { number } from "@/text/numbers";
import { inOrder, type Weights } from "@/text/weights";

import { abilities, rounding, verdictOf } from "./abilities";
import styles from "./routers.module.css";

interface RouterTableProps {
  readonly routers: readonly RouterStatus[];
  readonly label: string;
  /** The backends, in the order in which they are shown. */
  readonly names: readonly string[];
}

/** Each router: what it is to be, since when it has read back so, what it was read as, what of it is really seen. */
export function RouterTable({ routers, label, names }: RouterTableProps) {
  return (
    <table className={`fs-table fs-cards ${styles.routers ?? ""}`}>
      <caption className="fs-hidden">Routers of {label}</caption>
      <thead>
        <tr>
          <th scope="col">Router</th>
          <th scope="col">Desired</th>
          <th scope="col">Applied</th>
          <th scope="col">Observed</th>
          <th scope="col">Traffic seen</th>
        </tr>
      </thead>
      <tbody>
        {routers.map((router) => (
          <Row key={router.name} router={router} names={names} />
        ))}
      </tbody>
    </table>
  );
}

interface RowProps {
  readonly router: RouterStatus;
  readonly names: readonly string[];
}

function Row({ router, names }: RowProps) {
  const { word, tone, meaning } = standingOfRouter(router);
  const rounded = rounding(router.desired);
  return (
    <tr>
      <td className={styles.first}>
        <div>
          <span className="fs-mono">{router.name}</span>{" "}
          <span title={meaning}>
            <Tag tone={tone}>{word}</Tag>
          </span>
          {router.capabilities && (
            <Text size="xs" c="dimmed">
              {abilities(router.capabilities).join(" · ")}
            </Text>
          )}
          {router.detail && (
            <Text size="sm" c={tone === "ok" ? "dimmed" : undefined}>
              {router.detail}
            </Text>
          )}
          {router.tries > 0 && tone !== "ok" && (
            <Text size="xs" c="dimmed">
              tried {number(router.tries)} times
            </Text>
          )}
        </div>
      </td>
      <td data-label="Desired">
        <div>
          <Share weights={router.desired?.weights} names={names} none="nothing yet" />
          {rounded && (
            <Text size="xs" c="dimmed">
              {rounded}
            </Text>
          )}
        </div>
      </td>
      <td data-label="Applied">
        {router.applied ? (
          <Text size="sm">
            <When at={router.applied.at} />
            <Text span display="block" size="xs" c="dimmed">
              revision {revisionOf(router.applied.revision)}
            </Text>
          </Text>
        ) : (
          <Text size="sm" c="dimmed">
            not yet
          </Text>
        )}
      </td>
      <td data-label="Observed">
        <div>
          <Share weights={router.observed?.weights} names={names} none="never read" />
          {router.observed && (
            <Text size="xs" c="dimmed">
              read <When at={router.observed.at} />
            </Text>
          )}
        </div>
      </td>
      <td data-label="Traffic seen">
        <Seen router={router} />
      </td>
    </tr>
  );
}

interface ShareProps {
  readonly weights?: Weights;
  readonly names: readonly string[];
  readonly none: string;
}

function Share({ weights, names, none }: ShareProps) {
  if (!weights || Object.keys(weights).length === 0)
    return (
      <Text size="sm" c="dimmed">
        {none}
      </Text>
    );
  return (
    <div className={styles.share}>
      <WeightsBar weights={inOrder(weights, names)} legend />
    </div>
  );
}

function Seen({ router }: { readonly router: RouterStatus }) {
  const { share } = router;
  if (!share)
    return (
      <Text size="sm" c="dimmed">
        not counted
      </Text>
    );
  const { word, tone, sentence } = verdictOf(share);
  return (
    <div>
      <Tag tone={tone}>{word}</Tag>
      {seenOf(share).map((line) => (
        <Text key={line} size="sm">
          {line}
        </Text>
      ))}
      <Text size="xs" c="dimmed">
        {sentence}
      </Text>
    </div>
  );
}

/** `EPOCH.REVISION` → the revision. */
function revisionOf(full: string): string {
  return full.slice(full.lastIndexOf(".") + 1);
}
