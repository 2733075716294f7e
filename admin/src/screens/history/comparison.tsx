import { Button, Group, NumberInput, Stack, Text } from "@mantine/core";
import { IconArrowsExchange } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import { Async } from "@/components/async";
import { EnvironmentFrame, EnvironmentName, type Environment } from "@/components/environment";
import { Page } from "@/components/page";
import { Differences } from "@/components/records/differences";
import { ButtonLink } from "@/components/router-link";
import { kindWord } from "@/text/deeds";
import { count } from "@/text/numbers";

import { documentChanges } from "./changes";
import styles from "./history.module.css";
import { diffQuery, type Kind } from "./queries";
import { RestoreButton } from "./restore-button";
import { RestoreDialog } from "./restore-dialog";
import { useRestore } from "./use-restore";

interface ComparisonProps {
  readonly environment: Environment;
  readonly of: { readonly kind?: Kind; readonly key?: string };
  readonly from: number;
  readonly to: number;
}

/** Any two revisions side by side: what differs in words and as JSON, and who moves between them. */
export function Comparison({ environment, of, from, to }: ComparisonProps) {
  const query = useQuery(diffQuery({ environment: environment.key, ...of }, from, to));
  const restore = useRestore(environment);
  const subject = of.kind && of.key ? `${kindWord(of.kind)} ${of.key}` : "everything";
  return (
    <Page
      title={`Revision ${String(from)} against ${String(to)}`}
      trail={[{ label: "History", to: "/history", search: { env: environment.key } }]}
      actions={<EnvironmentName environment={environment} />}
    >
      <EnvironmentFrame environment={environment}>
        <Stack>
          <Revisions
            key={`${String(from)}/${String(to)}`}
            environment={environment}
            of={of}
            from={from}
            to={to}
          />
          <Async query={query} lines={6}>
            {({ items }) => (
              <>
                <Text c="dimmed" size="sm">
                  Of {subject}, {items.length ? count(items.length, "document") : "nothing"}{" "}
                  {items.length === 1 ? "differs" : "differ"} between the two.
                </Text>
                <Differences
                  of={documentChanges(items)}
                  actions={({ kind, key, before, after }) => (
                    <RestoreButton
                      kind={kind}
                      documentKey={key}
                      restore={restore}
                      offers={[before && from, after && to]
                        .filter((revision) => typeof revision === "number")
                        .map((revision) => ({ revision, words: `As of revision ${String(revision)}` }))}
                    />
                  )}
                />
              </>
            )}
          </Async>
        </Stack>
      </EnvironmentFrame>
      <RestoreDialog restoring={restore.restoring} onChoose={restore.choose} onClose={restore.close} />
    </Page>
  );
}

function Revisions({ environment, of, from, to }: ComparisonProps) {
  const navigate = useNavigate();
  const [first, setFirst] = useState<number | string>(from);
  const [second, setSecond] = useState<number | string>(to);
  const show = (before: number | string, after: number | string) =>
    void navigate({
      to: "/history",
      search: { env: environment.key, ...of, from: Number(before), to: Number(after) },
    });
  return (
    <form
      className={styles.bar}
      aria-label="Which revisions"
      onSubmit={(event) => {
        event.preventDefault();
        show(first, second);
      }}
    >
      <NumberInput
        label="From revision"
        w={130}
        min={0}
        allowDecimal={false}
        value={first}
        onChange={setFirst}
      />
      <NumberInput
        label="To revision"
        w={130}
        min={0}
        allowDecimal={false}
        value={second}
        onChange={setSecond}
      />
      <Group gap="xs">
        <Button
          type="submit"
          variant="default"
          disabled={first === "" || second === "" || (first === from && second === to)}
        >
          Compare
        </Button>
        <Button
          variant="subtle"
          leftSection={<IconArrowsExchange size={16} aria-hidden="true" />}
          onClick={() => show(to, from)}
        >
          Swap
        </Button>
        {of.key && (
          <ButtonLink variant="subtle" to="/history" search={{ env: environment.key, from, to }}>
            All documents
          </ButtonLink>
        )}
      </Group>
    </form>
  );
}
