import { Button, Center, Group, PasswordInput, Stack, Text, Title } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";

import { api, body } from "@/api/client";
import { sessionQuery } from "@/api/queries";
import { ProblemNotice } from "@/components/problem-notice";

import styles from "./sign-in.module.css";

interface SignInProps {
  readonly onDone: () => void;
  /** Inside of a dialog that has a title already. */
  readonly bare?: boolean;
}

/** Exchanges an admin token for a session; the token itself is kept nowhere in the browser. */
export function SignIn({ onDone, bare = false }: SignInProps) {
  const cache = useQueryClient();
  const [token, setToken] = useState("");
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []); // nothing else can be done here
  const open = useMutation({
    mutationFn: () => body(api.POST("/api/v1/session", { body: { token: token.trim() } })),
    onSuccess: async () => {
      setToken("");
      await cache.invalidateQueries(sessionQuery);
      onDone();
    },
  });
  const form = (
    <Stack
      component="form"
      w="100%"
      maw={420}
      onSubmit={(event) => {
        event.preventDefault();
        open.mutate();
      }}
    >
      {!bare && (
        <Group gap="sm">
          <img src="/admin/icon.svg" alt="" width={40} height={40} />
          <Title order={1}>Sign in to flagsvc</Title>
        </Group>
      )}
      <PasswordInput
        label="Admin token"
        description="It begins with fsa_. It opens a session of this browser and is not kept."
        required
        data-autofocus
        ref={field}
        autoComplete="current-password"
        value={token}
        onChange={(event) => setToken(event.currentTarget.value)}
      />
      {open.error && <ProblemNotice error={open.error} />}
      <Button type="submit" loading={open.isPending} disabled={!token.trim()}>
        Sign in
      </Button>
      <Text size="sm" c="dimmed">
        No token? Who runs the service finds the first one in its log, or sets{" "}
        <code className="fs-mono">FLAGSVC_ADMIN_TOKEN</code>.
      </Text>
    </Stack>
  );
  return bare ? (
    form
  ) : (
    <Center component="main" mih="100vh" p="md">
      <div className={styles.card}>{form}</div>
    </Center>
  );
}
