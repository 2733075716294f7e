import { Button, SegmentedControl, Select } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";

import { signOut, useSession } from "@/app/session-gate";
import { Async } from "@/components/async";
import { Empty } from "@/components/empty";
import { useEnvironments } from "@/components/environment-picker";
import { Page } from "@/components/page";
import { Panel } from "@/components/panel";
import { When } from "@/components/when";
import { count } from "@/text/numbers";

import styles from "./access.module.css";
import { CreateToken } from "./create";
import { tokensQuery } from "./queries";
import { RotateToken } from "./rotate";
import { SecretDialog, type Made } from "./secret";
import { TokenTable } from "./table";
import { useRevoke } from "./use-revoke";
import { KIND_NAMES, KINDS, type Token } from "./words";

/** The last use of a token is written down without an event, about once a minute. */
const AGAIN_MS = 30_000;

/** Who may ask the service: tokens, and what can be done about each. */
export function AccessScreen() {
  const { kind, state, env, create } = useSearch({ from: "/access" });
  const navigate = useNavigate({ from: "/access" });
  const session = useSession();
  const environments = useEnvironments();
  const revoke = useRevoke();
  const [rotated, setRotated] = useState<Token | null>(null);
  const [made, setMade] = useState<Made | null>(null);
  const change = (search: object) =>
    void navigate({ search: (now) => ({ ...now, ...search }), replace: true });
  const query = useQuery({
    ...tokensQuery({ kind, environment: env, state: state === "all" ? undefined : (state ?? "valid") }),
    refetchInterval: AGAIN_MS,
  });
  const shown = (next: Made) => {
    setRotated(null);
    setMade(next);
    if (create) change({ create: undefined });
  };
  return (
    <Page
      title="Access"
      actions={
        <Button leftSection={<IconPlus size={16} />} onClick={() => change({ create: true })}>
          New token
        </Button>
      }
    >
      <Filters kind={kind} state={state} env={env} onChange={change} />
      <Async
        query={query}
        lines={6}
        isEmpty={(tokens) => tokens.length === 0}
        empty={
          <Empty
            title="No token here is like that"
            action={<Button onClick={() => change({ create: true })}>Create a token</Button>}
            command={`flagctl api POST /api/v1/tokens -d '{"kind": "sdk", "environment": "production", "name": "web-shop"}'`}
          >
            A token says who asks: a person, a program with the SDK, or an app that wants decisions only.
          </Empty>
        }
      >
        {(tokens) => (
          <Panel title="Tokens" note={count(tokens.length, "token")} flush>
            <TokenTable
              tokens={tokens}
              environments={environments}
              mine={session.tokenId}
              onRotate={setRotated}
              onRevoke={(token) => revoke(token, token.id === session.tokenId)}
            />
          </Panel>
        )}
      </Async>
      <Kinds />
      <Own />
      {create && <CreateToken onMade={shown} onClose={() => change({ create: undefined })} />}
      {rotated && (
        <RotateToken
          token={rotated}
          mine={rotated.id === session.tokenId}
          onMade={shown}
          onClose={() => setRotated(null)}
        />
      )}
      {made && <SecretDialog made={made} onClose={() => setMade(null)} />}
    </Page>
  );
}

interface FiltersProps {
  readonly kind: Token["kind"] | undefined;
  readonly state: "valid" | "ended" | "all" | undefined;
  readonly env: string | undefined;
  readonly onChange: (search: object) => void;
}

function Filters({ kind, state, env, onChange }: FiltersProps) {
  const environments = useEnvironments();
  return (
    <div className={styles.tools}>
      <SegmentedControl
        aria-label="State"
        value={state ?? "valid"}
        onChange={(value) => onChange({ state: value === "valid" ? undefined : value })}
        data={[
          { value: "valid", label: "Valid" },
          { value: "ended", label: "Ended" },
          { value: "all", label: "All" },
        ]}
      />
      <Select
        aria-label="Kind"
        placeholder="Any kind"
        clearable
        clearButtonProps={{ "aria-label": "Any kind" }}
        data={KIND_NAMES.map((value) => ({ value, label: KINDS[value].label }))}
        value={kind ?? null}
        onChange={(value) => onChange({ kind: value ?? undefined })}
        w={170}
      />
      <Select
        aria-label="Environment"
        placeholder="Any environment"
        clearable
        clearButtonProps={{ "aria-label": "Any environment" }}
        data={environments.map(({ key, name }) => ({ value: key, label: name ?? key }))}
        value={env ?? null}
        onChange={(value) => onChange({ env: value ?? undefined })}
        w={200}
      />
    </div>
  );
}

function Kinds() {
  return (
    <Panel title="What each kind may do">
      <dl className={styles.kinds}>
        {KIND_NAMES.map((name) => (
          <div key={name}>
            <dt>{KINDS[name].label}</dt>
            <dd>{KINDS[name].may}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}

function Own() {
  const session = useSession();
  return (
    <Panel title="Your session">
      <div className={styles.session}>
        <span>
          <strong>{session.name}</strong>, signed in <When at={session.createdAt} />
          {session.expiresAt && (
            <>
              ; the session ends <When at={session.expiresAt} /> at the latest
            </>
          )}
          .
        </span>
        <Button variant="default" size="xs" onClick={() => void signOut()}>
          Sign out
        </Button>
      </div>
    </Panel>
  );
}
