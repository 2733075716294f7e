import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState, type ReactNode } from "react";

import { LiveContext } from "@/components/live-pill";
import { Connection } from "@/live/connection";

/** Opens the one stream of this tab for as long as somebody is signed in. */
export function LiveProvider({ children }: { readonly children: ReactNode }) {
  const cache = useQueryClient();
  const [connection] = useState(() => new Connection(cache));
  useEffect(() => connection.start(), [connection]);
  return <LiveContext value={connection}>{children}</LiveContext>;
}
