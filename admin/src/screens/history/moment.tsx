import { Button, Group, SegmentedControl, Stack } from "@mantine/core";
import { IconArrowBackUp, IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";

import { changeQuery } from "@/api/changes";
import { Async } from "@/components/async";
import { EnvironmentFrame, EnvironmentName, type Environment } from "@/components/environment";
import { Page } from "@/components/page";
import { Deed } from "@/components/records/change-list";
import { Differences } from "@/components/records/differences";
import { Facts } from "@/components/records/facts";
import { ButtonLink } from "@/components/router-link";
import { Notice } from "@/components/tag";
import { moment as inWords } from "@/text/times";

import { documentChanges } from "./changes";
import { Everything } from "./everything";
import styles from "./history.module.css";
import { asOfQuery, diffQuery, headQuery } from "./queries";
import { RestoreButton } from "./restore-button";
import { RestoreDialog } from "./restore-dialog";
import { useRestore } from "./use-restore";

type Moment = { readonly revision: number } | { readonly at: string };

interface MomentPageProps {
  readonly environment: Environment;
  readonly moment: Moment;
}

/** An environment at a moment of its history: what made it so, and everything as it was then. */
export function MomentPage({ environment, moment }: MomentPageProps) {
  const title = "revision" in moment ? `Revision ${String(moment.revision)}` : `As of ${inWords(moment.at)}`;
  return (
    <Page
      title={title}
      trail={[{ label: "History", to: "/history", search: { env: environment.key } }]}
      actions={<EnvironmentName environment={environment} />}
    >
      <EnvironmentFrame environment={environment}>
        {"revision" in moment ? (
          <AtRevision environment={environment} revision={moment.revision} moment={moment} />
        ) : (
          <AtTime environment={environment} at={moment.at} />
        )}
      </EnvironmentFrame>
    </Page>
  );
}

/** A time stands for the revision that was the head then. */
function AtTime({ environment, at }: { readonly environment: Environment; readonly at: string }) {
  const query = useQuery(asOfQuery(environment.key, { at }));
  return (
    <Async query={query} lines={8}>
      {({ revision }) =>
        revision ? (
          <AtRevision environment={environment} revision={revision} moment={{ at }} />
        ) : (
          <Notice title="There was nothing yet">This environment was made later.</Notice>
        )
      }
    </Async>
  );
}

interface AtRevisionProps {
  readonly environment: Environment;
  readonly revision: number;
  readonly moment: Moment;
}

function AtRevision({ environment, revision, moment }: AtRevisionProps) {
  const { show = "at" in moment ? "everything" : "change" } = useSearch({ from: "/history" });
  const navigate = useNavigate();
  const head = useQuery(headQuery(environment.key));
  const change = useQuery(changeQuery(environment.key, revision));
  const restore = useRestore(environment);
  const isHead = head.data?.revision === revision;
  const asking = restore.restoring?.state === "asking" && !restore.restoring.target;
  return (
    <Stack>
      <Async query={change} lines={5}>
        {(found) => (
          <section className={`fs-card ${styles.head ?? ""}`} aria-label="The change that made it">
            <Group justify="space-between" gap="xs">
              <h2 className={styles.title}>
                {"at" in moment && `Revision ${String(revision)} was in force: `}
                <Deed change={found} />
              </h2>
              <Neighbours environment={environment} revision={revision} isHead={isHead} />
            </Group>
            <Facts change={found} />
            <Group>
              <Button
                variant="default"
                leftSection={<IconArrowBackUp size={16} aria-hidden="true" />}
                disabled={isHead || !head.data}
                loading={asking}
                aria-label={isHead ? undefined : `Restore everything as of revision ${String(revision)}`}
                onClick={() => void restore.whole(revision)}
              >
                {isHead ? "This is how it is now" : "Restore everything"}
              </Button>
            </Group>
          </section>
        )}
      </Async>
      <SegmentedControl
        className={styles.tabs}
        aria-label="What to show"
        value={show}
        onChange={(value) =>
          void navigate({
            to: "/history",
            search: { env: environment.key, ...moment, show: value === "change" ? "change" : "everything" },
            replace: true,
          })
        }
        data={[
          { value: "change", label: "What it changed" },
          { value: "everything", label: "Everything then" },
        ]}
      />
      {show === "change" ? (
        <WhatChanged environment={environment} revision={revision} isHead={isHead} restore={restore} />
      ) : (
        <Everything
          environment={environment}
          revision={revision}
          moment={moment}
          isHead={isHead}
          restore={restore}
        />
      )}
      <RestoreDialog restoring={restore.restoring} onChoose={restore.choose} onClose={restore.close} />
    </Stack>
  );
}

interface NeighboursProps {
  readonly environment: Environment;
  readonly revision: number;
  readonly isHead: boolean;
}

function Neighbours({ environment, revision, isHead }: NeighboursProps) {
  const env = environment.key;
  return (
    <Group gap={4} wrap="nowrap" component="nav" aria-label="Neighbouring revisions">
      <ButtonLink
        size="compact-sm"
        variant="default"
        to="/history"
        search={{ env, revision: revision - 1 }}
        disabled={revision <= 1}
        aria-label={`Earlier: revision ${String(revision - 1)}`}
      >
        <IconChevronLeft size={16} aria-hidden="true" /> Earlier
      </ButtonLink>
      <ButtonLink
        size="compact-sm"
        variant="default"
        to="/history"
        search={{ env, revision: revision + 1 }}
        disabled={isHead}
        aria-label={`Later: revision ${String(revision + 1)}`}
      >
        Later <IconChevronRight size={16} aria-hidden="true" />
      </ButtonLink>
    </Group>
  );
}

interface WhatChangedProps extends NeighboursProps {
  readonly restore: ReturnType<typeof useRestore>;
}

function WhatChanged({ environment, revision, isHead, restore }: WhatChangedProps) {
  const query = useQuery(diffQuery({ environment: environment.key }, revision - 1, revision));
  const before = { revision: revision - 1, words: `As it was before, at revision ${String(revision - 1)}` };
  const after = { revision, words: `As this change left it, at revision ${String(revision)}` };
  return (
    <Async query={query}>
      {({ items }) => (
        <Differences
          of={documentChanges(items)}
          actions={(document) => (
            <RestoreButton
              kind={document.kind}
              documentKey={document.key}
              restore={restore}
              offers={[...(document.before ? [before] : []), ...(document.after && !isHead ? [after] : [])]}
            />
          )}
        />
      )}
    </Async>
  );
}
