import { Button, Text } from "@mantine/core";

import { EnvironmentName, type Environment } from "@/components/environment";
import { Tag } from "@/components/tag";
import { useNow, When } from "@/components/when";

import styles from "./access.module.css";
import { KINDS, stateOf, type Token } from "./words";

interface TokenTableProps {
  readonly tokens: readonly Token[];
  readonly environments: readonly Environment[];
  /** Id of the token that this session goes by. */
  readonly mine: string;
  readonly onRotate: (token: Token) => void;
  readonly onRevoke: (token: Token) => void;
}

/** Every token: what it opens, who made it, when it was used last, and when it ends. */
export function TokenTable(props: TokenTableProps) {
  return (
    <table className="fs-table fs-cards">
      <caption className="fs-hidden">Tokens</caption>
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Opens</th>
          <th scope="col">State</th>
          <th scope="col">Last used</th>
          <th scope="col">Ends</th>
          <th scope="col">Created</th>
          <th scope="col">
            <span className="fs-hidden">What can be done</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {props.tokens.map((token) => (
          <Row key={token.id} token={token} {...props} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ token, environments, mine, onRotate, onRevoke }: TokenTableProps & { readonly token: Token }) {
  const state = stateOf(token, useNow());
  const environment = environments.find(({ key }) => key === token.environment);
  return (
    <tr>
      <td data-label="Name">
        <span className={styles.name}>
          <strong className={state.over ? styles.over : undefined}>{token.name}</strong>
          {token.id === mine && <span className={styles.sub}>you are signed in with it</span>}
        </span>
      </td>
      <td data-label="Opens">
        <span className={styles.name}>
          <span>{KINDS[token.kind].label}</span>
          <span className={styles.sub}>
            {environment ? (
              <EnvironmentName environment={environment} />
            ) : (
              (token.environment ?? "every environment")
            )}
          </span>
        </span>
      </td>
      <td data-label="State">
        <Tag tone={state.tone} dot>
          {state.word}
        </Tag>
      </td>
      <td data-label="Last used">
        <When at={token.usedAt} />
      </td>
      <td data-label="Ends">{state.at ? <When at={state.at} /> : <Text c="dimmed">never</Text>}</td>
      <td data-label="Created">
        <span className={styles.name}>
          <When at={token.createdAt} />
          <span className={styles.sub}>by {token.createdBy}</span>
        </span>
      </td>
      <td>
        {!state.over && (
          <span className={styles.buttons}>
            <Button
              size="xs"
              variant="default"
              onClick={() => onRotate(token)}
              aria-label={`Rotate ${token.name}`}
            >
              Rotate
            </Button>
            <Button
              size="xs"
              variant="default"
              onClick={() => onRevoke(token)}
              aria-label={`Revoke ${token.name}`}
            >
              Revoke
            </Button>
          </span>
        )}
      </td>
    </tr>
  );
}
