import { Anchor, Button, Checkbox, Tooltip } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { Fragment } from "react";

import type { StaleFlag } from "@/api/service";
import { CopyKey } from "@/components/copy";
import { EnvironmentName, type Environment } from "@/components/environment";
import { Tag } from "@/components/tag";

import styles from "./hygiene.module.css";
import { codesOf, REASONS, steps } from "./words";

interface StaleRowProps {
  readonly flag: StaleFlag;
  readonly environments: readonly Environment[];
  readonly chosen: boolean;
  readonly onChoose: (chosen: boolean) => void;
  readonly onArchive: () => void;
}

/** A flag that may go: why, what to do about it, and what keeps it. */
export function StaleRow({ flag, environments, chosen, onChoose, onArchive }: StaleRowProps) {
  return (
    <li className={styles.row}>
      <div className={styles.check}>
        <Checkbox
          aria-label={`Choose ${flag.key}`}
          checked={chosen}
          disabled={!flag.canArchive}
          onChange={(event) => onChoose(event.currentTarget.checked)}
        />
      </div>
      <div>
        <div className={styles.head}>
          <Anchor
            fw={600}
            renderRoot={(props) => <Link {...props} to="/flags/$key" params={{ key: flag.key }} />}
          >
            {flag.key}
          </Anchor>
          {codesOf(flag).map((code) => (
            <Tag key={code} tone={REASONS[code].tone}>
              {REASONS[code].word}
            </Tag>
          ))}
        </div>
        <div className={styles.sub}>
          {flag.name && `${flag.name} · `}
          {flag.owner ? `owned by ${flag.owner}` : "nobody owns it"}
        </div>
        <ul className={styles.reasons} aria-label={`Why ${flag.key} may go`}>
          {flag.reasons.map((reason) => (
            <li key={reason.code + (reason.environment ?? "")}>
              {reason.environment && (
                <>
                  <Named environment={reason.environment} environments={environments} />:{" "}
                </>
              )}
              {reason.detail}
            </li>
          ))}
        </ul>
        <Blocked flag={flag} environments={environments} />
        <How flag={flag} />
      </div>
      <div className={styles.action}>
        <Tooltip label="Something still needs it; see the list" disabled={flag.canArchive}>
          <Button
            size="xs"
            variant="default"
            disabled={!flag.canArchive}
            onClick={onArchive}
            aria-label={`Archive ${flag.key}`}
          >
            Archive
          </Button>
        </Tooltip>
      </div>
    </li>
  );
}

interface NamedProps {
  readonly environment: string;
  readonly environments: readonly Environment[];
}

function Named({ environment, environments }: NamedProps) {
  const known = environments.find(({ key }) => key === environment);
  return known ? <EnvironmentName environment={known} /> : <>{environment}</>;
}

function How({ flag }: { readonly flag: StaleFlag }) {
  return (
    <details className={styles.how}>
      <summary>How to remove it</summary>
      <ol className={styles.steps}>
        {steps(flag).map(({ text, command }) => (
          <li key={text}>
            {text} {command && <CopyKey value={command} />}
          </li>
        ))}
      </ol>
    </details>
  );
}

const AT: Readonly<Record<string, "/flags/$key" | "/rollouts/$env/$key" | "/plans/$env/$key">> = {
  flag: "/flags/$key",
  rollout: "/rollouts/$env/$key",
  plan: "/plans/$env/$key",
};

function Blocked({ flag, environments }: { readonly flag: StaleFlag } & Omit<NamedProps, "environment">) {
  if (!flag.blockedBy.length) return null;
  return (
    <p className={styles.blocked}>
      Cannot be archived while it is needed by{" "}
      {flag.blockedBy.map(({ environment, kind, key }, i) => {
        const to = AT[kind];
        return (
          <Fragment key={`${environment}/${kind}/${key}`}>
            {i > 0 && ", "}
            {kind}{" "}
            {to ? (
              <Anchor
                inherit
                underline="always"
                renderRoot={(props) => <Link {...props} to={to} params={{ env: environment, key }} />}
              >
                {key}
              </Anchor>
            ) : (
              key
            )}{" "}
            in <Named environment={environment} environments={environments} />
          </Fragment>
        );
      })}
      .
    </p>
  );
}
