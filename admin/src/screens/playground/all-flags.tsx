import { Button, Checkbox, Drawer, Group, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedValue, useMediaQuery } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useQueries } from "@tanstack/react-query";

import { Empty } from "@/components/empty";
import { type Environment } from "@/components/environment";
import { useEnvironments } from "@/components/environment-picker";
import { ProblemNotice } from "@/components/problem-notice";
import { Notice } from "@/components/tag";
import { useNow } from "@/components/when";
import { count } from "@/text/numbers";
import { moment } from "@/text/times";

import { AllTable } from "./all-table";
import { Ahead } from "./as-of";
import type { Context } from "@/components/context/attributes";
import { commandsOf } from "./commands";
import { CommandsView } from "./commands-view";
import { asked, isAhead } from "./moments";
import { Explained } from "./one";
import styles from "./playground.module.css";
import { allQuery, evaluatePath } from "./queries";
import type { Scene } from "./scene";
import { filtered, linesOf } from "./table";
import { Waits } from "./waits";

const PAUSE = 250;

interface AllFlagsProps {
  readonly scene: Scene;
  readonly context: Context | null;
}

/** Every flag in every environment for one context. */
export function AllFlags({ scene, context }: AllFlagsProps) {
  const [settled] = useDebouncedValue(context, PAUSE);
  if (context === null || settled === null) return <Waits />;
  return <Asked scene={scene} context={settled} />;
}

function Asked({ scene, context }: { readonly scene: Scene; readonly context: Context }) {
  const { asOf, search, set, environment } = scene;
  const everywhere = useEnvironments();
  const ahead = isAhead(asOf, useNow());
  // A revision counts in one environment only.
  const environments = asOf.kind === "revision" ? [environment] : everywhere;
  const answers = useQueries({
    queries: environments.map(({ key }) => ({ ...allQuery(key, context, asOf), enabled: !ahead })),
  });
  const lines = linesOf(answers.map(({ data }) => data?.items));
  const shown = filtered(lines, search.q ?? "", search.differ ?? false);
  const different = lines.filter(({ differs }) => differs).length;
  if (ahead) return <Past scene={scene} />;
  const waiting = answers.some(({ isPending, isPlaceholderData }) => isPending || isPlaceholderData);
  return (
    <div className={styles.answer}>
      <Past scene={scene} />
      {answers.map((answer, i) =>
        answer.isError ? (
          <ProblemNotice
            key={environments[i]?.key}
            error={answer.error}
            onRetry={() => void answer.refetch()}
          />
        ) : null,
      )}
      <Group gap="sm">
        <TextInput
          type="search"
          aria-label="Filter flags"
          placeholder="Filter by key or variant"
          leftSection={<IconSearch size={16} aria-hidden="true" />}
          value={search.q ?? ""}
          onChange={(event) => set({ q: event.currentTarget.value || undefined })}
          className={styles.filter}
        />
        {environments.length > 1 && (
          <Checkbox
            label={`Only where environments differ (${String(different)})`}
            checked={search.differ ?? false}
            onChange={(event) => set({ differ: event.currentTarget.checked || undefined })}
          />
        )}
        <Text size="sm" c="dimmed" role="status" ml="auto">
          {waiting ? "Asking…" : `${count(shown.length, "flag")} of ${String(lines.length)}`}
        </Text>
      </Group>
      {!waiting && !shown.length ? (
        <Nothing scene={scene} none={!lines.length} />
      ) : (
        <AllTable
          lines={shown}
          environments={environments}
          waiting={waiting}
          onOpen={(flag, env) => set({ flag, split: undefined, env, open: true })}
        />
      )}
      <CommandsView
        commands={commandsOf(window.location.origin, `${evaluatePath(environment.key)}/all`, {
          context,
          ...asked(asOf),
        })}
      />
      <TraceDrawer scene={scene} context={context} />
    </div>
  );
}

function Nothing({ scene, none }: { readonly scene: Scene; readonly none: boolean }) {
  if (none)
    return (
      <Empty title="No flag yet" command="flagctl create my-flag --type boolean">
        As soon as there is one, this table says what it serves in each environment.
      </Empty>
    );
  return (
    <Empty
      title="No flag is left"
      action={
        <Button variant="default" onClick={() => scene.set({ q: undefined, differ: undefined })}>
          Show all
        </Button>
      }
    >
      The filter leaves none of them.
    </Empty>
  );
}

/** The notice of the past, for several environments at once: each had a revision of its own then. */
function Past({ scene: { asOf, environment, set } }: { readonly scene: Scene }) {
  const present = useNow();
  const back = () => set({ at: undefined, revision: undefined });
  if (asOf.kind === "now") return null;
  if (isAhead(asOf, present)) return <Ahead asOf={asOf} onNow={back} />;
  const then = asOf.kind === "time" ? moment(asOf.at) : `revision ${String(asOf.revision)}`;
  return (
    <Notice tone="warn" title={`The past: as of ${then}`}>
      <div className={styles.past}>
        <span>
          {asOf.kind === "time"
            ? "Every environment as it was then, whatever came later."
            : `A revision counts in one environment: only ${nameOf(environment)} is shown.`}
        </span>
        <Button size="compact-sm" variant="default" onClick={back}>
          Back to now
        </Button>
      </div>
    </Notice>
  );
}

function nameOf({ name, key }: Environment): string {
  return name ?? key;
}

/** The trace behind a cell. */
function TraceDrawer({ scene, context }: { readonly scene: Scene; readonly context: Context }) {
  const phone = useMediaQuery("(max-width: 48em)");
  const { search, environment, subject, asOf, set } = scene;
  return (
    <Drawer
      opened={search.open === true && subject !== null}
      onClose={() => set({ open: undefined })}
      position={phone ? "bottom" : "right"}
      size={phone ? "92%" : "xl"}
      title={<strong>{`${subject?.key ?? ""} in ${nameOf(environment)}`}</strong>}
      closeButtonProps={{ "aria-label": "Close the explanation" }}
    >
      {subject && (
        <Stack>
          <Explained
            {...{ subject, environment, asOf, context }}
            onNow={() => set({ at: undefined, revision: undefined })}
          />
        </Stack>
      )}
    </Drawer>
  );
}
