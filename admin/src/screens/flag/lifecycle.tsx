import { Anchor, Button, Group, List, Text } from "@mantine/core";
import { useQueries } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { api, body } from "@/api/client";
import { useEnvironments } from "@/components/environment-picker";
import { useReview } from "@/components/review/review";

import { useScene } from "./context";
import styles from "./flag.module.css";
import { usersQuery } from "./queries";
import { Section } from "./section";

/** The end of a flag, and the way back from it. */
export function Lifecycle({ guarded }: { readonly guarded: boolean }) {
  const { flag } = useScene();
  return flag.archived ? <Restore guarded={guarded} /> : <Archive guarded={guarded} />;
}

function Archive({ guarded }: { readonly guarded: boolean }) {
  const { flag } = useScene();
  const environments = useEnvironments();
  const review = useReview();
  const found = useQueries({ queries: environments.map(({ key }) => usersQuery(key, flag.key)) });
  const users = environments.flatMap(({ key }, i) =>
    (found[i]?.data?.items ?? []).map((user) => ({ ...user, environment: key })),
  );
  const waiting = found.some(({ isPending }) => isPending);
  const archive = () =>
    review({
      title: `Archive ${flag.key} in all environments`,
      why: guarded ? "required" : undefined,
      before: { archived: "no" },
      after: { archived: "yes" },
      version: flag.version,
      verb: "Archive",
      danger: "Programs that still ask for it get their own default, with FLAG_NOT_FOUND.",
      send: ({ query, headers }) =>
        body(
          api.POST("/api/v1/flags/{key}/archive", {
            params: { path: { key: flag.key }, query, header: headers },
          }),
        ),
    });
  return (
    <Section title="Archive" hint="it can be restored">
      {users.length > 0 ? (
        <>
          <p className={styles.says}>It cannot be archived while something needs it:</p>
          <List size="sm" mt="xs">
            {users.map((user) => (
              <List.Item key={user.environment + user.kind + user.key + user.pointer}>
                {user.environment}:{" "}
                <UserLink environment={user.environment} kind={user.kind} name={user.key} />, {user.where}
              </List.Item>
            ))}
          </List>
        </>
      ) : (
        <p className={styles.says}>
          {waiting
            ? "Asking what needs it…"
            : "Nothing in any environment needs it. Archived, it is evaluated for nobody."}
        </p>
      )}
      <Group mt="sm">
        <Button
          color="red"
          variant="outline"
          disabled={waiting || users.length > 0}
          onClick={() => void archive()}
        >
          Archive the flag
        </Button>
      </Group>
    </Section>
  );
}

interface UserLinkProps {
  readonly environment: string;
  readonly kind: string;
  readonly name: string;
}

function UserLink({ environment, kind, name }: UserLinkProps) {
  if (kind !== "flag")
    return (
      <Text span size="sm">
        {kind} {name}
      </Text>
    );
  return (
    <Anchor
      size="sm"
      renderRoot={(props) => (
        <Link {...props} to="/flags/$key" params={{ key: name }} search={{ env: environment }} />
      )}
    >
      flag {name}
    </Anchor>
  );
}

function Restore({ guarded }: { readonly guarded: boolean }) {
  const { flag } = useScene();
  const review = useReview();
  const restore = () =>
    review({
      title: `Restore ${flag.key} in all environments`,
      why: guarded ? "required" : undefined,
      before: { archived: "yes" },
      after: { archived: "no" },
      version: flag.version,
      verb: "Restore",
      send: ({ query, headers }) =>
        body(
          api.POST("/api/v1/flags/{key}/restore", {
            params: { path: { key: flag.key }, query, header: headers },
          }),
        ),
    });
  return (
    <Section title="Restore">
      <p className={styles.says}>
        It comes back as it was in every environment, with the same units on each side.
      </p>
      <Group mt="sm">
        <Button onClick={() => void restore()}>Restore the flag</Button>
      </Group>
    </Section>
  );
}
