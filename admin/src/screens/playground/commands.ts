import type { Context } from "@/components/context/attributes";
import { asked, type AsOf } from "./moments";

/** What is asked of: a flag or a traffic split. */
export interface Subject {
  readonly kind: "flag" | "split";
  readonly key: string;
}

/** The same question from a terminal. */
export interface Command {
  readonly label: string;
  readonly text: string;
}

const END = "JSON";

/** A question to the API as a command: the body stands below it as it is, so that nothing in it needs quoting. */
export function curl(origin: string, path: string, question: unknown): string {
  return [
    "curl --silent --show-error --fail-with-body \\",
    `  ${origin}${path} \\`,
    '  --header "Authorization: Bearer $FLAGSVC_TOKEN" \\',
    "  --header 'Content-Type: application/json' \\",
    `  --data-binary @- <<'${END}'`,
    JSON.stringify(question),
    END,
  ].join("\n");
}

/** Any question by `flagctl`. */
export function flagctlApi(origin: string, path: string, question: unknown): string {
  return [`flagctl api POST ${path} --url ${origin} --data - <<'${END}'`, JSON.stringify(question), END].join(
    "\n",
  );
}

/** The question about one context by `flagctl eval`. */
export function flagctlEval(
  origin: string,
  environment: string,
  { kind, key }: Subject,
  context: Context,
  asOf: AsOf,
): string {
  const when = Object.values(asked(asOf)).map((at) => `--at ${at}`);
  const options = [kind === "split" ? "--split" : "", ...when, "--explain", `--url ${origin}`].filter(
    Boolean,
  );
  return [
    `flagctl eval ${key} -e ${environment} ${options.join(" ")} --context - <<'${END}'`,
    JSON.stringify(context),
    END,
  ].join("\n");
}

/** Both ways to ask the API something. */
export function commandsOf(origin: string, path: string, question: unknown): readonly Command[] {
  return [
    { label: "curl", text: curl(origin, path, question) },
    { label: "flagctl", text: flagctlApi(origin, path, question) },
  ];
}
