import type { Flag } from "./draft";

/** A piece of text to take along. */
export interface Snippet {
  readonly title: string;
  readonly hint: string;
  readonly text: string;
}

interface Getter {
  readonly sdk: string;
  readonly openFeature: string;
  readonly fallback: string;
}

const GETTERS: Readonly<Record<Flag["type"], Getter>> = {
  boolean: { sdk: "get_boolean", openFeature: "get_boolean_value", fallback: "False" },
  string: { sdk: "get_string", openFeature: "get_string_value", fallback: '""' },
  integer: { sdk: "get_integer", openFeature: "get_integer_value", fallback: "0" },
  float: { sdk: "get_float", openFeature: "get_float_value", fallback: "0.0" },
  object: { sdk: "get_object", openFeature: "get_object_value", fallback: "{}" },
};

/** How this flag is asked for: from a program, over HTTP, from a terminal. `url` is where this service answers. */
export function snippets(
  flag: Pick<Flag, "key" | "type">,
  environment: string,
  url: string,
): readonly Snippet[] {
  const { sdk, openFeature, fallback } = GETTERS[flag.type];
  const { key } = flag;
  const ask =
    flag.type === "boolean"
      ? `if flags.is_enabled("${key}", user):\n        print("on")`
      : `print(flags.${sdk}("${key}", user, ${fallback}))`;
  return [
    {
      title: "Python",
      hint: "Evaluated in the process, in about a microsecond. Needs an SDK token.",
      text: `# pip install flagsdk
from flagsdk import Context, FlagClient

with FlagClient("${url}", token="fss_${environment}_…") as flags:
    user = Context("user-42", country="DE")
    ${ask}
`,
    },
    {
      title: "OpenFeature",
      hint: "The stock SDK with our provider; it reads FLAGSDK_URL and FLAGSDK_TOKEN.",
      text: `# pip install 'flagsdk[openfeature]'
from openfeature import api
from openfeature.evaluation_context import EvaluationContext

from flagsdk.integrations.openfeature import FlagsvcProvider

api.set_provider_and_wait(FlagsvcProvider())
user = EvaluationContext("user-42", {"country": "DE"})
print(api.get_client().${openFeature}("${key}", ${fallback}, user))
api.shutdown()
`,
    },
    {
      title: "curl",
      hint: "OFREP, for everything else. Needs an evaluation token.",
      text: `curl -s ${url}/ofrep/v1/evaluate/flags/${key} \\
  -H 'Authorization: Bearer fse_${environment}_…' \\
  -H 'Content-Type: application/json' \\
  -d '{"context":{"targetingKey":"user-42","country":"DE"}}'
`,
    },
    {
      title: "flagctl",
      hint: "From a terminal or a pipeline, after flagctl login.",
      text: `flagctl eval ${key} -e ${environment} --unit user-42 --explain -o table
flagctl flag history ${key} -e ${environment} --limit 3 -o table
flagctl kill ${key} -e ${environment} --reason INC-123
`,
    },
  ];
}
