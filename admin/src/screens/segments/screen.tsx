import { Anchor, Button, Group, Text, TextInput } from "@mantine/core";
import { IconPlus, IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";

import type { Schemas } from "@/api/client";
import { allSegmentsQuery } from "@/api/segments";
import { Async } from "@/components/async";
import { Empty } from "@/components/empty";
import { EnvironmentFrame } from "@/components/environment";
import { EnvironmentPicker, useEnvironment } from "@/components/environment-picker";
import { Page } from "@/components/page";
import { Tag } from "@/components/tag";
import { When } from "@/components/when";
import { audience, size } from "@/text/audience";
import { matching } from "@/text/matching";

import { CreateSegment } from "./create";
import styles from "./segments.module.css";

/** Every segment of an environment: who belongs to it, in a sentence. */
export function SegmentsScreen() {
  const { env, q = "", create } = useSearch({ from: "/segments" });
  const navigate = useNavigate({ from: "/segments" });
  const environment = useEnvironment(env);
  const query = useQuery(allSegmentsQuery(environment.key, false));
  const change = (search: object) =>
    void navigate({ search: (now) => ({ ...now, ...search }), replace: true });
  return (
    <Page
      title="Segments"
      actions={
        <Button leftSection={<IconPlus size={16} />} onClick={() => change({ create: true })}>
          New segment
        </Button>
      }
    >
      <Group justify="space-between" gap="sm">
        <EnvironmentPicker value={environment} onChange={(key) => change({ env: key })} />
        <TextInput
          type="search"
          aria-label="Search segments"
          placeholder="Key, name, owner or tag"
          leftSection={<IconSearch size={16} aria-hidden="true" />}
          value={q}
          onChange={(event) => change({ q: event.currentTarget.value || undefined })}
          data-search
          w={{ base: "100%", sm: 280 }}
        />
      </Group>
      <EnvironmentFrame environment={environment}>
        <Async
          query={query}
          isEmpty={(segments) => segments.length === 0}
          empty={
            <Empty
              title="No segment here yet"
              command={`flagctl api POST /api/v1/environments/${environment.key}/segments -d '{"key": "beta", "included": ["user-42"]}'`}
              action={<Button onClick={() => change({ create: true })}>Create a segment</Button>}
            >
              A segment is a named audience, used by rules of any flag and split: listed units, a condition,
              or both.
            </Empty>
          }
        >
          {(segments) => <Table environment={environment.key} segments={segments} sought={q} />}
        </Async>
      </EnvironmentFrame>
      {create && <CreateSegment environment={environment} onClose={() => change({ create: undefined })} />}
    </Page>
  );
}

interface TableProps {
  readonly environment: string;
  readonly segments: readonly Schemas["Segment"][];
  readonly sought: string;
}

function Table({ environment, segments, sought }: TableProps) {
  const found = matching(segments, sought);
  if (!found.length) return <Text c="dimmed">No segment matches “{sought}”.</Text>;
  return (
    <table className={`fs-table fs-cards ${styles.table ?? ""}`}>
      <caption className="fs-hidden">Segments in {environment}</caption>
      <thead>
        <tr>
          <th scope="col">Segment</th>
          <th scope="col">Who belongs to it</th>
          <th scope="col">Size</th>
          <th scope="col">Changed</th>
        </tr>
      </thead>
      <tbody>
        {found.map((segment) => (
          <tr key={segment.key}>
            <td>
              <div>
                <Anchor component={Link} to={`/segments/${environment}/${segment.key}`} fw={600}>
                  {segment.name ?? segment.key}
                </Anchor>
                <Text size="sm" c="dimmed" className="fs-mono">
                  {segment.key}
                  {segment.owner && ` · ${segment.owner}`}
                </Text>
                {segment.tags && segment.tags.length > 0 && (
                  <Group gap={4} mt={4}>
                    {segment.tags.map((tag) => (
                      <Tag key={tag}>{tag}</Tag>
                    ))}
                  </Group>
                )}
              </div>
            </td>
            <td className={styles.who}>
              <Text size="sm" lineClamp={3} title={audience(segment)}>
                {audience(segment)}
              </Text>
            </td>
            <td data-label="Size">
              <Text size="sm">{size(segment)}</Text>
            </td>
            <td data-label="Changed">
              <Text size="sm">
                <When at={segment.changedAt} />
                <Text span c="dimmed" display="block" size="sm">
                  {segment.changedBy}
                </Text>
              </Text>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
