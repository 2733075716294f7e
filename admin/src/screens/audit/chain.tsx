import { Button, Group, Text } from "@mantine/core";
import { IconLink, IconLinkOff } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";

import type { Schemas } from "@/api/client";
import { environmentsQuery } from "@/api/queries";
import { EnvironmentName } from "@/components/environment";
import { ProblemNotice } from "@/components/problem-notice";
import { CATALOG } from "@/components/records/document-link";
import { AnchorLink } from "@/components/router-link";
import { Tag } from "@/components/tag";
import { count } from "@/text/numbers";
import { clock } from "@/text/times";

import styles from "./audit.module.css";
import { chainSaid } from "./filters";
import { verificationQuery } from "./queries";

/** Whether anybody touched the records: every change is linked to the one before by a hash, which is worked out anew. */
export function Chain() {
  const query = useQuery(verificationQuery);
  const { data } = query;
  return (
    <section className="fs-card" aria-label="Hash chain" aria-busy={query.isPending}>
      <Group justify="space-between" gap="xs">
        <Group gap="xs" role="status">
          <State data={data} />
          {data && (
            <Text size="sm" c="dimmed">
              checked at {clock(query.dataUpdatedAt)}
            </Text>
          )}
        </Group>
        <Button
          size="compact-sm"
          variant="default"
          loading={query.isFetching}
          onClick={() => void query.refetch()}
        >
          Check again
        </Button>
      </Group>
      {query.isError && <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />}
      {data && (
        <ul className={styles.chains}>
          {data.environments.map((each) => (
            <One key={each.environment} of={each} />
          ))}
        </ul>
      )}
    </section>
  );
}

function State({ data }: { readonly data: Schemas["Verification"] | undefined }) {
  if (!data) return <strong>Checking the hash chain of every environment…</strong>;
  const broken = data.environments.filter(({ ok }) => !ok).length;
  return data.ok ? (
    <>
      <IconLink size={18} aria-hidden="true" />
      <strong>The hash chain is unbroken: nothing that was recorded has been touched.</strong>
    </>
  ) : (
    <>
      <IconLinkOff size={18} aria-hidden="true" className={styles.broken} />
      <strong className={styles.broken}>
        The hash chain is broken in {count(broken, "place")}: records were changed after they were written.
      </strong>
    </>
  );
}

function One({ of }: { readonly of: Schemas["VerifiedEnvironment"] }) {
  return (
    <li data-broken={!of.ok || undefined}>
      <Tag tone={of.ok ? "ok" : "bad"}>{of.ok ? "unbroken" : "broken"}</Tag>
      <span>
        <Place environment={of.environment} />: {chainSaid(of)}
        {!of.ok && typeof of.firstBroken === "number" && of.environment !== CATALOG && (
          <>
            {" "}
            <AnchorLink
              to="/history"
              search={{ env: of.environment, revision: of.firstBroken }}
              underline="always"
            >
              Look at it
            </AnchorLink>
          </>
        )}
      </span>
    </li>
  );
}

/** An environment by name; what belongs to all of them has records of its own. */
export function Place({ environment }: { readonly environment: string }) {
  const { data } = useQuery(environmentsQuery);
  if (environment === CATALOG) return <>All environments</>;
  const found = data?.find(({ key }) => key === environment);
  return found ? <EnvironmentName environment={found} /> : <>{environment}</>;
}
