import { Anchor, Button, Group, Menu, Stack, Text, Title } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

import type { Schemas } from "@/api/client";
import { allSegmentsQuery } from "@/api/segments";
import { splitsQuery } from "@/api/traffic";
import { CopyKey } from "@/components/copy";
import { EnvironmentName, type Environment } from "@/components/environment";
import { useReview } from "@/components/review/review";
import { Tag } from "@/components/tag";
import { When } from "@/components/when";
import { number } from "@/text/numbers";

import styles from "./environments.module.css";
import { protection } from "./protection";
import { closing } from "./writes";

interface EnvironmentRowProps {
  readonly environment: Environment;
  readonly matrix: Schemas["Matrix"] | undefined;
  /** The last one cannot be archived. */
  readonly only: boolean;
  readonly onEdit: () => void;
}

/** One environment. */
export function EnvironmentRow({ environment, matrix, only, onEdit }: EnvironmentRowProps) {
  const review = useReview();
  const { key, name, description, protected: guarded, requireReason } = environment;
  return (
    <section className={`fs-card ${styles.row ?? ""}`} aria-label={name ?? key}>
      <Group justify="space-between" align="flex-start" wrap="nowrap">
        <div>
          <Group gap="xs">
            <Title order={2}>
              <EnvironmentName environment={environment} />
            </Title>
            <CopyKey value={key} />
          </Group>
          {description && (
            <Text size="sm" mt={2}>
              {description}
            </Text>
          )}
        </div>
        <Group gap="xs" wrap="nowrap">
          <Button size="xs" variant="default" onClick={onEdit} aria-label={`Edit ${name ?? key}`}>
            Edit
          </Button>
          <Menu position="bottom-end">
            <Menu.Target>
              <Button size="xs" variant="default" px="xs" aria-label={`More for ${name ?? key}`}>
                <IconDots size={16} aria-hidden="true" />
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item
                c="var(--fs-bad-ink)"
                disabled={only}
                onClick={() => void review(closing(environment))}
              >
                {only ? "The last one stays" : "Archive for good"}
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </Group>
      </Group>
      <Stack gap={4} mt="sm">
        <Group gap="xs">
          <Tag tone={guarded ? "ok" : "quiet"}>{guarded ? "protected" : "not protected"}</Tag>
          {requireReason && <Tag tone="info">reason required</Tag>}
        </Group>
        <Text size="sm" c="dimmed">
          {protection(environment)}
        </Text>
      </Stack>
      <Facts environment={environment} matrix={matrix} />
    </section>
  );
}

function Facts({ environment, matrix }: Pick<EnvironmentRowProps, "environment" | "matrix">) {
  const { key } = environment;
  const splits = useQuery(splitsQuery(key));
  const segments = useQuery(allSegmentsQuery(key, false));
  const head = matrix?.environments.find((other) => other.key === key);
  const on = matrix?.items.filter(({ environments }) => environments[key]?.enabled).length;
  return (
    <dl className={styles.facts}>
      <Fact label="Revision">{head ? String(head.revision) : "…"}</Fact>
      <Fact label="Flags">
        {matrix ? (
          <Anchor component={Link} to="/flags" size="sm">
            {number(matrix.items.length)}, {number(on ?? 0)} on
          </Anchor>
        ) : (
          "…"
        )}
      </Fact>
      <Fact label="Segments">
        <Anchor component={Link} to={`/segments?env=${key}`} size="sm">
          {segments.data ? number(segments.data.length) : "…"}
        </Anchor>
      </Fact>
      <Fact label="Traffic splits">
        <Anchor component={Link} to={`/splits?env=${key}`} size="sm">
          {splits.data ? number(splits.data.length) : "…"}
        </Anchor>
      </Fact>
      <Fact label="Policy changed">
        <When at={environment.changedAt} /> by {environment.changedBy}
      </Fact>
    </dl>
  );
}

function Fact({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}
