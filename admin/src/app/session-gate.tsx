import { Center, Loader, Modal } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, useContext, useEffect, useState, type ReactNode } from "react";

import { api, body, onSignedOut, type Schemas } from "@/api/client";
import { problemOf } from "@/api/problem";
import { sessionQuery } from "@/api/queries";
import { ProblemNotice } from "@/components/problem-notice";
import { forget } from "@/drafts/draft";

import { SignIn } from "./sign-in";

export type Session = Schemas["Session"];

const SessionContext = createContext<Session | null>(null);

/** Who is signed in. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error("useSession stands inside of SessionGate");
  return session;
}

/** Ends the session everywhere and forgets what was kept in this browser. */
export async function signOut(): Promise<void> {
  await body(api.DELETE("/api/v1/session"));
  forget(localStorage);
  window.location.assign("/admin/");
}

/** Shows the sign-in until somebody is; when a session ends in the middle, it opens above what was being done. */
export function SessionGate({ children }: { readonly children: ReactNode }) {
  const query = useQuery(sessionQuery);
  const cache = useQueryClient();
  const [ended, setEnded] = useState(false);
  useEffect(() => onSignedOut(() => setEnded(true)), []);
  const again = () => {
    setEnded(false);
    void cache.invalidateQueries();
  };
  if (query.isPending) {
    return (
      <Center h="100vh">
        <Loader aria-label="Loading" />
      </Center>
    );
  }
  if (!query.data) {
    return problemOf(query.error).status === 401 ? (
      <SignIn onDone={again} />
    ) : (
      <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />
    );
  }
  return (
    <SessionContext value={query.data}>
      {children}
      <Modal
        opened={ended}
        onClose={() => undefined}
        withCloseButton={false}
        title="Your session has ended"
        zIndex={500}
      >
        <SignIn bare onDone={again} />
      </Modal>
    </SessionContext>
  );
}
