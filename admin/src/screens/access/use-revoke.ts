import { api, body } from "@/api/client";
import { useEnvironments } from "@/components/environment-picker";
import { useReview } from "@/components/review/review";

import { consequence, dangerOf, type Token } from "./words";

/** Ends a token, reviewed. Where somebody may be hurt by it, a name has to be typed. */
export function useRevoke(): (token: Token, mine: boolean) => void {
  const review = useReview();
  const environments = useEnvironments();
  return (token, mine) => {
    const danger = dangerOf(token, mine, Date.now());
    const environment = environments.find(({ key }) => key === token.environment);
    void review({
      title: `Revoke ${token.name}`,
      environment,
      before: null,
      after: null,
      follows: consequence(token),
      danger: danger || undefined,
      typed: danger && !environment?.protected ? token.name : undefined,
      verb: "Revoke",
      back: "Keep it",
      done: `${token.name} was revoked.`,
      send: ({ query, headers }) =>
        body(
          api.DELETE("/api/v1/tokens/{id}", {
            params: { path: { id: token.id }, query, header: headers },
          }),
        ),
    });
  };
}
