import { Button, Code } from "@mantine/core";
import { useQueries } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

import { deliveryQuery } from "@/api/service";
import { useEnvironments } from "@/components/environment-picker";
import { Panel } from "@/components/panel";

import styles from "./now.module.css";

interface FirstStepsProps {
  /** Whether there is a flag already. */
  readonly flags: boolean;
}

/** What to do with a new service, each with its command; steps that are done are ticked off. */
export function FirstSteps({ flags }: FirstStepsProps) {
  const environments = useEnvironments();
  const deliveries = useQueries({ queries: environments.map(({ key }) => deliveryQuery(key)) });
  const clients = deliveries.some(({ data }) => (data?.clients ?? 0) > 0);
  const environment = environments.find((each) => each.protected) ?? environments[0];
  const key = environment?.key ?? "production";
  return (
    <Panel title="First steps" flush>
      <ol className={styles.steps}>
        <Step
          title="Create a flag"
          done={flags}
          command={`flagctl api POST /api/v1/flags -d '{"key": "new-checkout", "type": "boolean", "variants": {"on": true, "off": false}}'`}
          action={
            <Button
              size="xs"
              renderRoot={(props) => <Link {...props} to="/flags" search={{ create: true }} />}
            >
              Create a flag
            </Button>
          }
        >
          A flag is a decision with variants; each environment decides for itself who gets which.
        </Step>
        <Step
          title="Connect an SDK"
          done={clients}
          command={`pip install flagsdk

from flagsdk import Context, FlagClient

with FlagClient("${window.location.origin}", token="fss_${key}_…", application="web-shop") as flags:
    flags.is_enabled("new-checkout", Context("user-42"))`}
          action={
            <Button
              size="xs"
              variant="default"
              renderRoot={(props) => <Link {...props} to="/access" search={{ create: true }} />}
            >
              Make a token for it
            </Button>
          }
        >
          Programs decide by themselves, from a copy that follows this service. It shows up under Clients.
        </Step>
        <Step
          title="Start a rollout"
          done={false}
          command={`flagctl set new-checkout --weights on=10,off=90 -e ${key}`}
          action={
            <Button
              size="xs"
              variant="default"
              renderRoot={(props) => <Link {...props} to="/rollouts/new" search={{ env: key }} />}
            >
              Start a rollout
            </Button>
          }
        >
          By hand in steps of your own, as below, or by a plan that watches metrics and goes back by itself.
        </Step>
      </ol>
    </Panel>
  );
}

interface StepProps {
  readonly title: string;
  readonly done: boolean;
  readonly command: string;
  readonly action: ReactNode;
  readonly children: string;
}

function Step({ title, done, command, action, children }: StepProps) {
  return (
    <li className={styles.step} data-done={done || undefined}>
      <div>
        <h3>
          {title}
          {done && <span className="fs-hidden"> (done)</span>}
        </h3>
        <p>{children}</p>
        <Code block tabIndex={0} aria-label={`${title} from a terminal`}>
          {command}
        </Code>
        {action}
      </div>
    </li>
  );
}
