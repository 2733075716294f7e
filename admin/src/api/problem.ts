/** RFC 9457, with the members that the service adds. */
export interface Problem {
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly requestId: string;
  readonly errors: readonly Fault[];
  readonly currentVersion?: number;
  readonly author?: string;
}

/** One place of the request that is wrong; the pointer is RFC 6901 into the body, or `query/NAME`, `header/NAME`. */
export interface Fault {
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
}

/** What every failed request throws. */
export class Refused extends Error {
  override readonly name = "Refused";
  constructor(readonly problem: Problem) {
    super(problem.detail || problem.title);
  }
}

const NO_ANSWER: Problem = {
  title: "The service does not answer",
  status: 0,
  detail: "Nothing came back. What is on the screen may be out of date; nothing you typed is lost.",
  code: "no-answer",
  requestId: "",
  errors: [],
};

/** The problem of anything that was thrown. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Refused) return error.problem;
  if (error instanceof TypeError) return NO_ANSWER; // how fetch says that the network failed
  return {
    ...NO_ANSWER,
    title: "This screen failed",
    detail: error instanceof Error ? error.message : String(error),
    code: "console",
  };
}

/** The problem in the body of an answer that is no success, or one made from its status. */
export function problemIn(body: unknown, response: Response): Problem {
  const given = typeof body === "object" && body !== null ? (body as Partial<Problem>) : {};
  return {
    ...NO_ANSWER,
    title: response.statusText || "The request failed",
    detail: `The answer was ${String(response.status)}.`,
    code: "unknown",
    requestId: response.headers.get("x-request-id") ?? "",
    ...given,
    status: response.status,
  };
}
