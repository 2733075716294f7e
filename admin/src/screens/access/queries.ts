import { queryOptions } from "@tanstack/react-query";

import { all, api, because, body, type Schemas } from "@/api/client";
import { topic } from "@/api/follows";

import type { Kind } from "./words";

type Made = Schemas["TokenWritten"];

export interface Filter {
  readonly kind?: Kind;
  readonly environment?: string;
  readonly state?: "valid" | "ended";
}

/** Tokens without their secrets, newest first. */
export const tokensQuery = (filter: Filter) =>
  queryOptions({
    queryKey: ["tokens", filter],
    queryFn: () =>
      all((cursor) =>
        body(api.GET("/api/v1/tokens", { params: { query: { ...filter, limit: 200, cursor } } })),
      ),
    meta: { follows: [topic("token")] },
  });

interface Wanted {
  readonly kind: Kind;
  readonly environment: string | null;
  readonly name: string;
  readonly expiresAt: string | null;
}

/** Makes a token; its text is in the answer and nowhere else. */
export function create(wanted: Wanted, reason: string): Promise<Made> {
  return body(api.POST("/api/v1/tokens", { params: { header: because(reason) }, body: wanted }));
}

/** Makes another in the place of one, which ends after the overlap. */
export function rotate(id: string, overlapSeconds: number, reason: string): Promise<Made> {
  const params = { path: { id }, header: because(reason) };
  return body(api.POST("/api/v1/tokens/{id}/rotate", { params, body: { overlapSeconds } }));
}
