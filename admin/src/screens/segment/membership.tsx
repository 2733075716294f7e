import { Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";

import { Async } from "@/components/async";
import type { Context } from "@/components/context/attributes";
import { ContextCard } from "@/components/context/context-card";
import { useContextEditing } from "@/components/context/use-context";
import { Notice, Tag } from "@/components/tag";
import { ConditionView } from "@/components/trace/condition-view";
import { belonging } from "@/components/trace/sentences";
import type { Membership } from "@/components/trace/trace";
import type { Editing } from "@/drafts/use-draft";

import { faultOf, type Edited } from "./editing";
import { matchQuery } from "./queries";
import styles from "./segment.module.css";

const PAUSE = 250;

interface MembershipCardProps {
  readonly environment: string;
  readonly segment: string;
  readonly editing: Editing<Edited>;
}

/** Is this unit in it? Now, and with the changes under edit. */
export function MembershipCard({ environment, segment, editing }: MembershipCardProps) {
  const context = useContextEditing();
  return (
    <ContextCard title="Is this unit in it?" editing={context} environment={environment}>
      {context.context && Object.keys(context.context).length > 0 && (
        <Answer {...{ environment, segment, editing }} context={context.context} />
      )}
    </ContextCard>
  );
}

function Answer({
  environment,
  segment,
  editing,
  context,
}: MembershipCardProps & { readonly context: Context }) {
  const unfinished = editing.changed && faultOf(editing.value) !== null;
  const [asked] = useDebouncedValue(context, PAUSE);
  const [draft] = useDebouncedValue(editing.changed && !unfinished ? editing.value : null, PAUSE);
  const query = useQuery(matchQuery(environment, segment, asked, draft));
  return (
    <Async query={query} lines={2}>
      {(found) => (
        <div className={styles.found} aria-busy={query.isPlaceholderData}>
          {found.draft && (
            <Found label="With your changes" of={found.draft} who={found.who} segment={segment} />
          )}
          <Found label={found.draft ? "As saved" : null} of={found} who={found.who} segment={segment} />
          {unfinished && (
            <Text size="xs" c="dimmed">
              As saved: your changes are not complete yet.
            </Text>
          )}
        </div>
      )}
    </Async>
  );
}

interface FoundProps {
  readonly label: string | null;
  readonly of: Membership;
  readonly who: string;
  readonly segment: string;
}

function Found({ label, of, who, segment }: FoundProps) {
  return (
    <div>
      {label && <Tag>{label}</Tag>}
      <p className={styles.sentence} role="status">
        {belonging(of, who, segment)}
      </p>
      {of.trace ? <ConditionView of={of.trace} /> : <Notice tone="warn">{of.faults.join(" ")}</Notice>}
    </div>
  );
}
