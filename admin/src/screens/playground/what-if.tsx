import { Button, Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { configurationQuery } from "@/api/queries";
import { splitQuery } from "@/api/traffic";
import { Async } from "@/components/async";
import { Empty } from "@/components/empty";
import { EnvironmentFrame } from "@/components/environment";
import { Notice } from "@/components/tag";
import { same, type Document } from "@/text/diff";
import { unitsIn } from "@/text/units";

import type { Context } from "@/components/context/attributes";
import { commandsOf, type Subject } from "./commands";
import { CommandsView } from "./commands-view";
import { DraftSource, type Source } from "./draft-source";
import { bodyOf, keptDraft, onTopOf, placesOf, type Edit, type Place } from "./drafts";
import { NOW } from "./moments";
import { Moved } from "./moved";
import styles from "./playground.module.css";
import { evaluatePath, type Batch } from "./queries";
import type { Scene } from "./scene";
import { faultOf, UnitsField } from "./units-field";
import { useUnitsText } from "@/components/context/use-context";
import { useRun } from "./use-run";
import { Waits } from "./waits";

interface WhatIfProps {
  readonly scene: Scene;
  readonly context: Context | null;
}

/** What saving a draft would change for these units; nothing is stored. */
export function WhatIf({ scene, context }: WhatIfProps) {
  const { subject, environment } = scene;
  if (!subject)
    return (
      <Empty title="Choose what to change">
        Choose a flag or a traffic split; then try other weights, or a draft that its page keeps, against
        units of yours.
      </Empty>
    );
  const id = `${environment.key}/${subject.kind}/${subject.key}`;
  return (
    <EnvironmentFrame environment={environment}>
      <Found key={id} scene={scene} subject={subject} context={context} />
    </EnvironmentFrame>
  );
}

interface FoundProps extends WhatIfProps {
  readonly subject: Subject;
}

function Found({ scene, subject, context }: FoundProps) {
  const { environment } = scene;
  const isFlag = subject.kind === "flag";
  const flag = useQuery({ ...configurationQuery(environment.key, subject.key), enabled: isFlag });
  const split = useQuery({ ...splitQuery(environment.key, subject.key), enabled: !isFlag });
  const asking = (document: Document) => <Asking {...{ scene, subject, context, document }} />;
  return isFlag ? (
    <Async query={flag} lines={6}>
      {(document) => asking(document)}
    </Async>
  ) : (
    <Async query={split} lines={6}>
      {(document) => asking(document)}
    </Async>
  );
}

function Asking({ scene, subject, context, document }: FoundProps & { readonly document: Document }) {
  const { environment } = scene;
  const current = bodyOf(subject.kind, document);
  const kept = keptDraft(localStorage, environment.key, subject);
  const [source, setSource] = useState<Source>(kept ? "kept" : "weights");
  const [at, setAt] = useState<Place["at"]>("default");
  const [tried, setTried] = useState<Edit | null>(null);
  const [begun, setBegun] = useState<Edit | null>(null);
  const [text, setText] = useUnitsText();
  // A change of the document leaves the edit as it is and moves what lies below it: then all is asked again.
  const { run, answer, ask } = useRun((question) => ({ ...question, draft: onTopOf(current, begun) }));
  const edit = source === "kept" ? kept : tried;
  const draft = onTopOf(current, edit);
  const changed = !same(draft, current);
  const found = unitsIn(text);
  const fault = changed ? faultOf(found) : "Nothing is changed yet.";
  const evaluate = () => {
    const question = { [subject.kind]: subject.key, units: found.units, context, draft };
    setBegun(edit);
    ask(environment.key, { ...question, details: true }, NOW);
  };
  const stale = run !== null && !same(run.question["draft"], draft);
  return (
    <div className={styles.answer}>
      {context === null && <Waits />}
      <section className="fs-card" aria-label="The draft">
        <DraftSource
          {...{ subject, environment, source, current, at, draft }}
          kept={kept !== null}
          places={placesOf(subject.kind, document, draft)}
          onSource={setSource}
          onPlace={setAt}
          onDraft={(edited) => setTried({ base: current, edited })}
        />
      </section>
      <section className="fs-card" aria-label="Units that are asked for">
        <Stack gap="sm">
          <UnitsField text={text} onChange={setText} />
          <Group justify="flex-end" gap="sm">
            {fault && (
              <Text size="sm" c="dimmed">
                {fault}
              </Text>
            )}
            <Button
              onClick={evaluate}
              disabled={fault !== null || context === null}
              loading={answer.isFetching}
            >
              Who would change?
            </Button>
          </Group>
        </Stack>
      </section>
      {run && (
        <>
          {stale && (
            <Notice tone="warn" role="status">
              The draft was edited since: ask again.
            </Notice>
          )}
          <Async query={answer} lines={6}>
            {(batch: Batch) => <Moved answer={batch} subject={subject} />}
          </Async>
          <CommandsView
            commands={commandsOf(
              window.location.origin,
              `${evaluatePath(run.environment)}/batch`,
              run.question,
            )}
          />
        </>
      )}
    </div>
  );
}
