import { Autocomplete, Button, Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { Async } from "@/components/async";
import { attributesQuery } from "@/components/conditions";
import { Empty } from "@/components/empty";
import { EnvironmentFrame } from "@/components/environment";
import { unitsIn } from "@/text/units";

import { AsOfNotice } from "./as-of";
import { UNIT, type Context } from "@/components/context/attributes";
import { commandsOf } from "./commands";
import { CommandsView } from "./commands-view";
import { Distribution } from "./distribution";
import { asked } from "./moments";
import styles from "./playground.module.css";
import { evaluatePath, type Batch as Answer } from "./queries";
import type { Scene } from "./scene";
import { UnitTable } from "./unit-table";
import { faultOf, UnitsField } from "./units-field";
import { useUnitsText } from "@/components/context/use-context";
import { useRun, type Running } from "./use-run";
import { Waits } from "./waits";

interface BatchProps {
  readonly scene: Scene;
  readonly context: Context | null;
}

/** Many units at once: who gets what, whether that is as the split says, and every single one. */
export function Batch({ scene, context }: BatchProps) {
  const { subject, environment, asOf } = scene;
  const [text, setText] = useUnitsText();
  const [by, setBy] = useState(UNIT);
  const running = useRun();
  const found = unitsIn(text);
  const fault = faultOf(found);
  const { data: attributes = [] } = useQuery(attributesQuery(environment.key));
  if (!subject)
    return (
      <Empty title="Choose what to ask">
        Choose a flag or a traffic split; then paste or generate up to 10,000 units.
      </Empty>
    );
  const ask = () => {
    const question = { [subject.kind]: subject.key, units: found.units, by, context, ...asked(asOf) };
    running.ask(environment.key, { ...question, details: true }, asOf);
  };
  return (
    <EnvironmentFrame environment={environment}>
      <div className={styles.answer}>
        {context === null && <Waits />}
        <section className="fs-card" aria-label="Units that are asked for">
          <Stack gap="sm">
            <UnitsField text={text} onChange={setText} />
            <Group align="flex-end" justify="space-between" gap="sm">
              <Autocomplete
                label="Each unit is the"
                data={[UNIT, ...attributes]}
                value={by}
                onChange={(value) => setBy(value.trim())}
                spellCheck={false}
              />
              <Group gap="sm">
                {fault && (
                  <Text size="sm" c="dimmed">
                    {fault}
                  </Text>
                )}
                <Button
                  onClick={ask}
                  disabled={fault !== null || context === null || !by}
                  loading={running.answer.isFetching}
                >
                  Evaluate
                </Button>
              </Group>
            </Group>
          </Stack>
        </section>
        {running.run && <Answered scene={scene} running={running} />}
      </div>
    </EnvironmentFrame>
  );
}

function Answered({ scene, running }: { readonly scene: Scene; readonly running: Running }) {
  const { environment, asOf, set } = scene;
  const { run, answer } = running;
  if (!run) return null;
  const path = `${evaluatePath(run.environment)}/batch`;
  return (
    <>
      <AsOfNotice
        asOf={run.asOf}
        environment={environment}
        revision={answer.data?.revision}
        onNow={() => set({ at: undefined, revision: undefined })}
      />
      {asOf !== run.asOf && (
        <Text size="sm" c="dimmed" role="status">
          This is as of the moment that was asked for; evaluate again for another.
        </Text>
      )}
      <Async query={answer} lines={6}>
        {(found: Answer) => (
          <>
            <Distribution answer={found} />
            <UnitTable title="Each unit" items={found.items ?? []} file={`${fileOf(run.question)}.csv`} />
          </>
        )}
      </Async>
      <CommandsView commands={commandsOf(window.location.origin, path, run.question)} />
    </>
  );
}

/** What was asked, as the name of a file. */
export function fileOf(question: Readonly<Record<string, unknown>>): string {
  const key = question["flag"] ?? question["split"];
  return typeof key === "string" ? `units-of-${key}` : "units";
}
