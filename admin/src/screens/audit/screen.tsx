import { Button, Group, Stack, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { useMemo } from "react";

import { changeQuery } from "@/api/changes";
import { linkTo } from "@/api/links";
import { Async } from "@/components/async";
import { Empty } from "@/components/empty";
import { Page } from "@/components/page";
import { ChangeList } from "@/components/records/change-list";
import { Differences } from "@/components/records/differences";
import { CATALOG } from "@/components/records/document-link";
import { Facts } from "@/components/records/facts";
import { Newer, useNewer } from "@/components/records/newer";
import { AnchorLink } from "@/components/router-link";

import styles from "./audit.module.css";
import { Chain, Place } from "./chain";
import { FilterForm } from "./filter-form";
import { amount, asked, concerned, type Filters } from "./filters";
import { auditQuery } from "./queries";

/** Everything that anybody ever changed, anywhere, and the proof that no record of it was touched. */
export function AuditScreen() {
  const filters: Filters = useSearch({ from: "/audit" });
  return (
    <Page title="Audit" actions={<Exports filters={filters} />}>
      <Chain />
      <FilterForm key={JSON.stringify(filters)} filters={filters} />
      <Records filters={filters} />
    </Page>
  );
}

function Exports({ filters }: { readonly filters: Filters }) {
  const what = amount(filters) ? "what is shown" : "everything";
  return (
    <>
      {(["jsonl", "csv"] as const).map((format) => (
        <Button
          key={format}
          component="a"
          href={linkTo("/api/v1/audit/export", { ...asked(filters), format })}
          download
          variant="default"
          leftSection={<IconDownload size={16} aria-hidden="true" />}
          aria-label={`${format.toUpperCase()}: export ${what}`}
        >
          {format.toUpperCase()}
        </Button>
      ))}
    </>
  );
}

function Records({ filters }: { readonly filters: Filters }) {
  const query = useInfiniteQuery(auditQuery(filters));
  const counts = useMemo(() => concerned(filters), [filters]);
  const newer = useNewer(counts);
  return (
    <Stack gap="xs">
      <Newer
        amount={newer.amount}
        onShow={() => {
          newer.seen();
          void query.refetch();
        }}
      />
      <Async
        query={query}
        lines={8}
        isEmpty={(data) => !data.pages[0]?.items.length}
        empty={
          <Empty title="Nothing like that is recorded" command="flagctl api GET '/api/v1/audit?limit=20'">
            Keys and names are matched whole and with their case; an action by how it begins.
          </Empty>
        }
      >
        {({ pages }) => (
          <ChangeList
            changes={pages.flatMap(({ items }) => items)}
            lead={(change) => <Where environment={change.environment} revision={change.revision} />}
            details={(change) => (
              <>
                <Facts change={change} chain />
                <Documents environment={change.environment} revision={change.revision} />
              </>
            )}
          />
        )}
      </Async>
      {query.hasNextPage && (
        <Group justify="center">
          <Button
            variant="default"
            loading={query.isFetchingNextPage}
            onClick={() => void query.fetchNextPage()}
          >
            Show older
          </Button>
        </Group>
      )}
    </Stack>
  );
}

/** The documents of a change before and after; of a token there is none. */
function Documents({ environment, revision }: WhereProps) {
  const query = useQuery(changeQuery(environment, revision));
  return (
    <Async query={query} lines={3}>
      {({ edits }) => {
        const told = edits.filter(({ before, after }) => before ?? after);
        return told.length > 0 && <Differences of={told} />;
      }}
    </Async>
  );
}

interface WhereProps {
  readonly environment: string;
  readonly revision: number;
}

function Where({ environment, revision }: WhereProps) {
  const words = `revision ${String(revision)}`;
  return (
    <div className={styles.lead}>
      <Place environment={environment} />
      {environment === CATALOG ? (
        <Text size="sm" c="dimmed" span>
          {words}
        </Text>
      ) : (
        <AnchorLink to="/history" search={{ env: environment, revision }}>
          {words}
        </AnchorLink>
      )}
    </div>
  );
}
