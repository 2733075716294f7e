import { useSearch } from "@tanstack/react-router";

import { useEnvironment } from "@/components/environment-picker";

import { Comparison } from "./comparison";
import { History } from "./list";
import { MomentPage } from "./moment";
import { kindOf } from "./queries";

/** What happened in an environment: its revisions, any two of them side by side, and everything as of then. */
export function HistoryScreen() {
  const { env, kind, key, from, to, revision, at } = useSearch({ from: "/history" });
  const environment = useEnvironment(env);
  const named = kindOf(kind);
  const document = named && key ? { kind: named, key } : {};
  if (from !== undefined && to !== undefined)
    return <Comparison environment={environment} of={document} from={from} to={to} />;
  if (revision !== undefined) return <MomentPage environment={environment} moment={{ revision }} />;
  if (at) return <MomentPage environment={environment} moment={{ at }} />;
  return <History environment={environment} of={document} />;
}
