import type { paths } from "./schema";

/** Paths that answer with a file, and what they take. */
type Files = "/api/v1/audit/export";
type Query<P extends Files> = NonNullable<paths[P]["get"]["parameters"]["query"]>;

/** The address of a file, for a link that the browser follows by itself; the cookie goes with it. */
export function linkTo<P extends Files>(path: P, query: Query<P>): string {
  const given = Object.entries(query).filter((each): each is [string, string] => typeof each[1] === "string");
  return `${path}?${new URLSearchParams(given).toString()}`;
}
