import { Group } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";

import { Async } from "@/components/async";
import { Empty } from "@/components/empty";
import { EnvironmentFrame, type Environment } from "@/components/environment";
import { useNow } from "@/components/when";

import { AsOfNotice } from "./as-of";
import { whoOf, type Context } from "@/components/context/attributes";
import { commandsOf, flagctlEval, type Command, type Subject } from "./commands";
import { CommandsView } from "./commands-view";
import { isAhead, type AsOf } from "./moments";
import styles from "./playground.module.css";
import { evaluatePath, explainQuery, questionOf } from "./queries";
import type { Scene } from "./scene";
import { Verdict } from "./verdict";
import { Waits } from "./waits";

const PAUSE = 250;

interface OneProps {
  readonly scene: Scene;
  readonly context: Context | null;
}

/** One flag or traffic split for one context: the answer and the whole way to it. */
export function One({ scene, context }: OneProps) {
  const { subject, environment, asOf, set } = scene;
  if (!subject)
    return (
      <Empty
        title="Choose what to ask"
        command="flagctl eval checkout-v2 -e production --unit user-42 --explain"
      >
        Choose a flag or a traffic split and say for whom. What comes back is the decision of the very
        function that every SDK runs, with every step that led to it.
      </Empty>
    );
  return (
    <Explained
      {...{ subject, environment, asOf, context }}
      onNow={() => set({ at: undefined, revision: undefined })}
    />
  );
}

interface ExplainedProps {
  readonly subject: Subject;
  readonly environment: Environment;
  readonly asOf: AsOf;
  readonly context: Context | null;
  readonly onNow: () => void;
}

/** The explanation of one decision; also behind each cell of the table of all flags. */
export function Explained({ subject, environment, asOf, context, onNow }: ExplainedProps) {
  const [settled] = useDebouncedValue(context, PAUSE);
  if (context === null || settled === null) return <Waits />;
  return <Answered {...{ subject, environment, asOf, onNow }} context={settled} />;
}

function Answered({
  subject,
  environment,
  asOf,
  context,
  onNow,
}: ExplainedProps & { readonly context: Context }) {
  const ahead = isAhead(asOf, useNow());
  const query = useQuery({ ...explainQuery(environment.key, subject, context, asOf), enabled: !ahead });
  const place = environment.name ?? environment.key;
  return (
    <EnvironmentFrame environment={environment}>
      <div className={styles.answer}>
        <AsOfNotice asOf={asOf} environment={environment} revision={query.data?.revision} onNow={onNow} />
        {!ahead && (
          <div className="fs-card">
            <Async query={query} lines={6}>
              {(answer) => <Verdict answer={answer} who={whoOf(context)} place={place} />}
            </Async>
          </div>
        )}
        <Group>
          <CommandsView commands={commands(environment.key, subject, context, asOf)} />
        </Group>
      </div>
    </EnvironmentFrame>
  );
}

function commands(environment: string, subject: Subject, context: Context, asOf: AsOf): readonly Command[] {
  const { origin } = window.location;
  const [curl] = commandsOf(origin, evaluatePath(environment), questionOf(subject, context, asOf));
  const flagctl = { label: "flagctl", text: flagctlEval(origin, environment, subject, context, asOf) };
  return curl ? [curl, flagctl] : [flagctl];
}
