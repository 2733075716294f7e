import { Button, Checkbox, Group, Stack, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useCallback, useState } from "react";

import { Async } from "@/components/async";
import { Empty } from "@/components/empty";
import { EnvironmentFrame, type Environment } from "@/components/environment";
import { EnvironmentPicker } from "@/components/environment-picker";
import { Page } from "@/components/page";
import { ChangeList } from "@/components/records/change-list";
import { Newer, useNewer } from "@/components/records/newer";
import { AnchorLink, ButtonLink } from "@/components/router-link";
import type { Changed } from "@/live/events";
import { kindWord } from "@/text/deeds";

import { changesQuery, type Kind } from "./queries";
import { Toolbar } from "./toolbar";

interface HistoryProps {
  readonly environment: Environment;
  readonly of: { readonly kind?: Kind; readonly key?: string };
}

/** The revisions of an environment, or of one document, newest first. */
export function History({ environment, of }: HistoryProps) {
  const navigate = useNavigate();
  const { kind, key } = of;
  return (
    <Page
      title="History"
      actions={
        <EnvironmentPicker
          value={environment}
          onChange={(env) => void navigate({ to: "/history", search: { env, kind, key } })}
        />
      }
    >
      <EnvironmentFrame environment={environment}>
        <Stack key={`${environment.key}/${kind ?? ""}/${key ?? ""}`}>
          <Toolbar environment={environment} kind={kind} documentKey={key} />
          <Revisions environment={environment} of={of} />
        </Stack>
      </EnvironmentFrame>
    </Page>
  );
}

function Revisions({ environment, of: { kind, key } }: HistoryProps) {
  const query = useInfiniteQuery(changesQuery({ environment: environment.key, kind, key }));
  const [picked, setPicked] = useState<readonly number[]>([]);
  const counts = useCallback(
    (change: Changed) =>
      change.environment === environment.key &&
      (!kind || !key || change.documents.some((each) => each.kind === kind && each.key === key)),
    [environment.key, kind, key],
  );
  const { amount, seen } = useNewer(counts);
  const show = () => {
    seen();
    void query.refetch();
  };
  const pick = (revision: number, on: boolean) =>
    setPicked(on ? [...picked, revision].slice(-2) : picked.filter((each) => each !== revision));
  return (
    <Stack gap="xs">
      <Newer amount={amount} onShow={show} />
      <Compare environment={environment.key} of={{ kind, key }} picked={picked} />
      <Async
        query={query}
        lines={8}
        isEmpty={(data) => !data.pages[0]?.items.length}
        empty={<Nothing kind={kind} documentKey={key} environment={environment.key} />}
      >
        {({ pages }) => (
          <ChangeList
            changes={pages.flatMap(({ items }) => items)}
            lead={({ revision }) => (
              <>
                <Checkbox
                  size="xs"
                  aria-label={`Compare revision ${String(revision)}`}
                  checked={picked.includes(revision)}
                  onChange={(event) => pick(revision, event.currentTarget.checked)}
                />
                <AnchorLink
                  to="/history"
                  search={{ env: environment.key, revision }}
                  aria-label={`Revision ${String(revision)}`}
                  className="fs-mono"
                >
                  {revision}
                </AnchorLink>
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

interface CompareProps {
  readonly environment: string;
  readonly of: HistoryProps["of"];
  readonly picked: readonly number[];
}

function Compare({ environment, of, picked }: CompareProps) {
  const [from, to] = [...picked].sort((a, b) => a - b);
  return (
    <Group gap="sm" mih={30}>
      {from !== undefined && to !== undefined ? (
        <ButtonLink size="compact-md" to="/history" search={{ env: environment, ...of, from, to }}>
          Compare {from} with {to}
        </ButtonLink>
      ) : (
        <Text size="sm" c="dimmed">
          {picked.length ? "Tick one more to compare the two." : "Tick two revisions to compare them."}
        </Text>
      )}
    </Group>
  );
}

interface NothingProps {
  readonly environment: string;
  readonly kind?: Kind;
  readonly documentKey?: string;
}

function Nothing({ environment, kind, documentKey }: NothingProps) {
  if (kind && documentKey) {
    return (
      <Empty title={`No change of ${kindWord(kind)} ${documentKey} is recorded here`}>
        Keys are case-sensitive, and every environment has a history of its own.
      </Empty>
    );
  }
  return (
    <Empty title="Nothing has happened here yet" command={`flagctl flag create my-flag -e ${environment}`}>
      Every change of this environment will stand here, with who made it and why.
    </Empty>
  );
}
