import { Text } from "@mantine/core";

import { Tag } from "@/components/tag";
import { useNow, When } from "@/components/when";

import type { Flag } from "./draft";
import { definitionOf } from "./draft";
import styles from "./flag.module.css";

interface HeaderProps {
  readonly flag: Flag;
}

/** What the flag is, whose, for how long, and since when it is as it is. */
export function Header({ flag }: HeaderProps) {
  const { description, owner, tags, expires } = definitionOf(flag);
  return (
    <div>
      {description && <Text mb={6}>{description}</Text>}
      <dl className={styles.facts}>
        <div>
          <dt>Type</dt>
          <dd>{flag.type}</dd>
        </div>
        <div>
          <dt>Owner</dt>
          <dd>{owner ?? "nobody"}</dd>
        </div>
        {tags.length > 0 && (
          <div>
            <dt>Tags</dt>
            <dd>
              {tags.map((tag) => (
                <Tag key={tag}>{tag}</Tag>
              ))}
            </dd>
          </div>
        )}
        <Expiry expires={expires} archived={flag.archived} />
        <div>
          <dt>Changed</dt>
          <dd>
            <When at={flag.changedAt} /> by {flag.changedBy}
          </dd>
        </div>
      </dl>
    </div>
  );
}

const SOON_MS = 14 * 86_400_000;

function Expiry({ expires, archived }: { readonly expires: string | null; readonly archived: boolean }) {
  const now = useNow();
  if (archived)
    return (
      <div>
        <dt>State</dt>
        <dd>
          <Tag tone="warn">archived</Tag>
        </dd>
      </div>
    );
  if (!expires) return null;
  const left = new Date(expires).getTime() - now;
  return (
    <div>
      <dt>Lifetime</dt>
      <dd>
        <Tag tone={left < 0 ? "bad" : left < SOON_MS ? "warn" : "quiet"}>
          {left < 0 ? "expired" : "expires"} <When at={expires} />
        </Tag>
      </dd>
    </div>
  );
}
