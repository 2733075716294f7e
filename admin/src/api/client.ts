import createClient, { type Middleware } from "openapi-fetch";

import { problemIn, Refused } from "./problem";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];

type Listener = () => void;
const signedOut = new Set<Listener>();

/** Calls back whenever the service says that nobody is signed in; returns the way out. */
export function onSignedOut(listener: Listener): Listener {
  signedOut.add(listener);
  return () => void signedOut.delete(listener);
}

const watch: Middleware = {
  onResponse({ request, response }) {
    if (response.status === 401 && !request.url.endsWith("/session")) signedOut.forEach((tell) => tell());
  },
};

/** The one way to the service: same origin, cookie only, typed by its OpenAPI. */
export const api = createClient<paths>({ credentials: "same-origin" });
api.use(watch);

interface Result<T> {
  readonly data?: T;
  readonly error?: unknown;
  readonly response: Response;
}

/** The body of a successful answer; throws Refused for any other. */
export async function body<T>(result: Promise<Result<T>>): Promise<T> {
  const { data, error, response } = await result;
  if (!response.ok) throw new Refused(problemIn(error, response));
  return data as T;
}

interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** Every item of a list, page after page. `most` bounds what a mistake can cost. */
export async function all<T>(
  page: (cursor?: string) => Promise<Page<T>>,
  most = 5000,
): Promise<readonly T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const found = await page(cursor);
    items.push(...found.items);
    cursor = found.nextCursor ?? undefined;
  } while (cursor && items.length < most);
  return items;
}

/** The header that says why; anything beyond ASCII travels as RFC 8187 has it. */
export function because(reason: string): Record<string, string> {
  if (!reason) return {};
  const plain = /^[\x20-\x7e]*$/.test(reason);
  return { "X-Change-Reason": plain ? reason : `UTF-8''${encodeURIComponent(reason)}` };
}
