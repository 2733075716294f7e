import { Group, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";

import type { Schemas } from "@/api/client";
import { segmentQuery } from "@/api/segments";
import { Async } from "@/components/async";
import { CopyKey } from "@/components/copy";
import { EnvironmentFrame, EnvironmentName, type Environment } from "@/components/environment";
import { useEnvironment } from "@/components/environment-picker";
import { Page } from "@/components/page";
import { PendingBar } from "@/components/pending-bar";
import { useReview } from "@/components/review/review";
import { Notice, Tag } from "@/components/tag";
import { When } from "@/components/when";
import { useDraft } from "@/drafts/use-draft";
import { size } from "@/text/audience";

import { editable, faultOf, saving } from "./editing";
import { Members } from "./members";
import styles from "./segment.module.css";
import { Aside } from "./aside";

/** One segment: who belongs to it, and what uses it. */
export function SegmentScreen() {
  const { env, key } = useParams({ from: "/segments/$env/$key" });
  const environment = useEnvironment(env);
  const query = useQuery(segmentQuery(env, key));
  return (
    <Page title={query.data?.name ?? key} trail={[{ label: "Segments", to: `/segments?env=${env}` }]}>
      <Async query={query} lines={8}>
        {(segment) => <Whole key={segment.key} environment={environment} segment={segment} />}
      </Async>
    </Page>
  );
}

interface WholeProps {
  readonly environment: Environment;
  readonly segment: Schemas["Segment"];
}

function Whole({ environment, segment }: WholeProps) {
  const review = useReview();
  const editing = useDraft(`${environment.key}/segment/${segment.key}`, editable(segment), segment.version);
  const save = async () => {
    if (await review(saving(environment, segment.key, editing))) editing.discard();
  };
  return (
    <>
      <Group gap="xs">
        <CopyKey value={segment.key} />
        {!environment.protected && (
          <Tag>
            <EnvironmentName environment={environment} />
          </Tag>
        )}
        <Tag tone="info">{size(segment)}</Tag>
        <Text size="sm" c="dimmed">
          changed <When at={segment.changedAt} /> by {segment.changedBy}
          {segment.owner && `, owned by ${segment.owner}`}
        </Text>
      </Group>
      {segment.archived && (
        <Notice tone="warn" title="Archived">
          No rule can name it. It can be restored below.
        </Notice>
      )}
      <EnvironmentFrame environment={environment}>
        <div className={styles.columns}>
          <Members environment={environment.key} segment={segment.key} editing={editing} />
          <Aside environment={environment} segment={segment} editing={editing} />
        </div>
      </EnvironmentFrame>
      <PendingBar editing={editing} fault={faultOf(editing.value)} onReview={() => void save()} />
    </>
  );
}
