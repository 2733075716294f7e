import { Button, NumberInput, Text, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";

import { clientsQuery, systemQuery, type Client, type Delivery } from "@/api/service";
import { Async } from "@/components/async";
import { Empty } from "@/components/empty";
import type { Environment } from "@/components/environment";
import { EnvironmentPicker, useEnvironment } from "@/components/environment-picker";
import { Page } from "@/components/page";
import { Panel } from "@/components/panel";
import { count, number } from "@/text/numbers";
import { clock } from "@/text/times";

import styles from "./clients.module.css";
import { Receipt } from "./receipt";
import { Routers } from "./routers";
import { sought } from "./standing";
import { ClientTable } from "./table";

/** Reports of clients arrive without an event. */
const AGAIN_MS = 3000;

/** Who follows an environment, and how far a revision has come: processes with an SDK, routers, streams. */
export function ClientsScreen() {
  const { env, revision, q = "" } = useSearch({ from: "/clients" });
  const navigate = useNavigate({ from: "/clients" });
  const environment = useEnvironment(env);
  const query = useInfiniteQuery({
    ...clientsQuery(environment.key, revision),
    refetchInterval: AGAIN_MS,
    select: ({ pages }) => ({
      clients: pages.flatMap(({ items }) => items),
      summary: pages.at(-1)?.summary,
    }),
  });
  const change = (search: object) =>
    void navigate({ search: (now) => ({ ...now, ...search }), replace: true });
  return (
    <Page title="Clients">
      <div className={styles.tools}>
        <EnvironmentPicker
          value={environment}
          onChange={(key) => change({ env: key, revision: undefined })}
        />
        <NumberInput
          aria-label="Receipt of revision"
          placeholder="Receipt of revision…"
          min={1}
          allowDecimal={false}
          allowNegative={false}
          hideControls
          value={revision ?? ""}
          onChange={(value) => change({ revision: typeof value === "number" ? value : undefined })}
          w={{ base: "100%", xs: 220 }}
        />
      </div>
      <Async query={query} lines={6}>
        {({ clients, summary }) => (
          <>
            {summary && <Receipt summary={summary} present={revision === undefined} />}
            <Processes
              environment={environment}
              clients={clients}
              summary={summary}
              text={q}
              onText={(text) => change({ q: text || undefined })}
              at={query.dataUpdatedAt}
              more={query.hasNextPage ? () => void query.fetchNextPage() : undefined}
            />
          </>
        )}
      </Async>
      <Routers environment={environment.key} />
      <Streams />
    </Page>
  );
}

interface ProcessesProps {
  readonly environment: Environment;
  readonly clients: readonly Client[];
  readonly summary: Delivery | undefined;
  readonly text: string;
  readonly onText: (text: string) => void;
  readonly at: number;
  readonly more: (() => void) | undefined;
}

function Processes({ environment, clients, summary, text, onText, at, more }: ProcessesProps) {
  if (!summary || !clients.length) return <Nobody environment={environment} />;
  const found = sought(clients, text);
  return (
    <Panel title="Processes with an SDK" note={`reported within three minutes, as of ${clock(at)}`} flush>
      <div className={styles.pad}>
        <TextInput
          type="search"
          aria-label="Search processes"
          placeholder="Application, SDK version or process"
          leftSection={<IconSearch size={16} aria-hidden="true" />}
          value={text}
          onChange={(event) => onText(event.currentTarget.value)}
          maw={320}
        />
      </div>
      {found.length ? (
        <ClientTable clients={found} summary={summary} />
      ) : (
        <div className={styles.pad}>No process matches “{text}”.</div>
      )}
      {more && (
        <div className={styles.more}>
          <Button variant="default" size="xs" onClick={more}>
            Show more: {number(clients.length)} of {number(summary.clients)} are here
          </Button>
        </div>
      )}
    </Panel>
  );
}

function Nobody({ environment }: { readonly environment: Environment }) {
  return (
    <Empty
      title={`No process has reported in ${environment.name ?? environment.key} within three minutes`}
      command={`from flagsdk import Context, FlagClient

with FlagClient("${window.location.origin}", token="fss_${environment.key}_…", application="web-shop") as flags:
    flags.is_enabled("new-checkout", Context("user-42"))`}
    >
      A process with the SDK and a token of this environment shows up here within a minute. One that follows
      Redis or a file alone decides just as well, and does not report.
    </Empty>
  );
}

function Streams() {
  const query = useQuery({ ...systemQuery, refetchInterval: AGAIN_MS });
  return (
    <Panel title="Streams">
      <Async query={query} lines={1}>
        {({ streamClients }) => (
          <Text size="sm">
            {count(streamClients, "stream")} open at the process that answers: SDKs and edges that follow it
            over HTTP, and consoles like this one.
          </Text>
        )}
      </Async>
    </Panel>
  );
}
