import { Group, Stack, Text, TextInput, UnstyledButton } from "@mantine/core";
import { IconChevronRight, IconHelpCircle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";

import { Async } from "@/components/async";
import type { Environment } from "@/components/environment";
import { Said } from "@/components/records/said";
import { ButtonLink } from "@/components/router-link";
import { kindWord } from "@/text/deeds";
import type { Document } from "@/text/diff";
import { gist } from "@/text/gist";
import { count } from "@/text/numbers";

import styles from "./history.module.css";
import { asOfQuery } from "./queries";
import { RestoreButton } from "./restore-button";
import type { useRestore } from "./use-restore";

interface EverythingProps {
  readonly environment: Environment;
  readonly revision: number;
  readonly moment: { readonly revision: number } | { readonly at: string };
  readonly isHead: boolean;
  readonly restore: ReturnType<typeof useRestore>;
}

interface Named {
  readonly kind: string;
  readonly key: string;
  readonly document: Document;
}

const MOST = 100;

/** Every document that decided then, in words, with the way to ask what a unit got and why. */
export function Everything(props: EverythingProps) {
  const query = useQuery(asOfQuery(props.environment.key, props.moment));
  return (
    <Async query={query} lines={8}>
      {({ documents }) => <Documents {...props} all={documents} />}
    </Async>
  );
}

function Documents({
  all,
  ...props
}: EverythingProps & { readonly all: Readonly<Record<string, Document>> }) {
  const [wanted, setWanted] = useState("");
  const documents = useMemo(() => named(all), [all]);
  const found = documents.filter(({ kind, key }) =>
    `${kindWord(kind)} ${key}`.includes(wanted.trim().toLowerCase()),
  );
  return (
    <Stack gap="xs">
      <Group justify="space-between" gap="xs">
        <TextInput
          type="search"
          aria-label="Find a document"
          placeholder="Find a document"
          value={wanted}
          onChange={(event) => setWanted(event.currentTarget.value)}
        />
        <Text size="sm" c="dimmed" role="status">
          {found.length === documents.length
            ? count(documents.length, "document")
            : `${String(found.length)} of ${count(documents.length, "document")}`}
        </Text>
      </Group>
      <ul className={styles.documents}>
        {found.slice(0, MOST).map((each) => (
          <Row
            key={`${each.kind}/${each.key}`}
            {...props}
            kind={each.kind}
            documentKey={each.key}
            document={each.document}
          />
        ))}
      </ul>
      {found.length > MOST && (
        <Text size="sm" c="dimmed">
          The first {MOST} are shown: narrow the search to see others.
        </Text>
      )}
    </Stack>
  );
}

interface RowProps extends EverythingProps {
  readonly kind: string;
  readonly documentKey: string;
  readonly document: Document;
}

function Row({ environment, revision, moment, isHead, restore, kind, documentKey: key, document }: RowProps) {
  const [shown, setShown] = useState(false);
  const when = "at" in moment ? { at: moment.at } : { revision: moment.revision };
  const subject = kind === "flag" ? { flag: key } : { split: key };
  return (
    <li>
      <div className={styles.row}>
        <UnstyledButton
          className={styles.open}
          data-open={shown}
          aria-expanded={shown}
          onClick={() => setShown(!shown)}
        >
          <IconChevronRight size={16} aria-hidden="true" />
          <span>
            <span className={styles.gist}>{kindWord(kind)} </span>
            <span className="fs-mono">{key}</span>
          </span>
          <span className={styles.gist}>{gist(kind, document)}</span>
        </UnstyledButton>
        <Group gap="xs">
          {(kind === "flag" || kind === "split") && (
            <ButtonLink
              size="compact-sm"
              variant="subtle"
              leftSection={<IconHelpCircle size={16} aria-hidden="true" />}
              to="/playground"
              search={{ env: environment.key, ...subject, ...when }}
              aria-label={`Explain a decision of ${kindWord(kind)} ${key} as of then`}
            >
              Explain a decision
            </ButtonLink>
          )}
          {!isHead && (
            <RestoreButton
              kind={kind}
              documentKey={key}
              restore={restore}
              offers={[{ revision, words: `as of revision ${String(revision)}` }]}
            />
          )}
        </Group>
      </div>
      {shown && <Said document={document} />}
    </li>
  );
}

function named(all: Readonly<Record<string, Document>>): readonly Named[] {
  return Object.entries(all).map(([name, document]) => {
    const [kind = "", key = ""] = name.split("/", 2);
    return { kind, key, document };
  });
}
