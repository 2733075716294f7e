"""The gate: whose token it is and what the context says, or why the request is refused. Evaluates nothing."""

from collections.abc import Mapping
from typing import Any

from flagsvc.http.authentication import Principal, TokenBook, bearer
from flagsvc.http.hot_body import Refusal, decode_json, demand_size

Headers = Mapping[bytes, bytes]
JSON = b"application/json"
MAX_CONTEXT_BYTES = 64 * 1024
"""A context is read on the event loop, where every decision waits for it: this much takes 25 ms at worst."""

_CHALLENGE = b'www-authenticate: Bearer realm="flagsvc"\r\n'


class Stranger(Refusal):
    """The token is not known here, but another replica may have made it a moment ago: `Gate.meet` looks."""


class Gate:
    """Lets requests in. Tokens are looked up in memory; bodies have at most `max_body_bytes`, and MAX_CONTEXT_BYTES."""

    def __init__(self, tokens: TokenBook, max_body_bytes: int) -> None:
        self._tokens = tokens
        self.max_body_bytes = min(max_body_bytes, MAX_CONTEXT_BYTES)

    def principal(self, headers: Headers) -> Principal:
        """Find who asks, by `Authorization: Bearer` or `X-API-Key`; Refusal 401, 403 without a live environment."""
        secret = _secret(headers)
        if secret is None:
            raise Refusal(401, "", "an evaluation token is needed", _CHALLENGE)
        principal = self._tokens.check(secret)
        if principal is None:
            kind = Stranger if self._tokens.is_strange(secret) else Refusal
            raise kind(401, "", "a valid evaluation token is needed", _CHALLENGE)
        if principal.environment is None or principal.kind == "admin":
            raise Refusal(403, "", "this token belongs to no environment: use an evaluation or SDK token")
        if principal.archived:
            raise Refusal(403, "", f"the environment {principal.environment} of this token is archived")
        return principal

    async def meet(self, headers: Headers) -> None:
        """Look elsewhere for a token that is not known here, where that makes sense."""
        if secret := _secret(headers):
            await self._tokens.admitted(secret)

    def context(self, headers: Headers, body: bytes) -> dict[str, Any]:
        """Read the evaluation context; Refusal 400, 413 or 415 with what is wrong.

        A missing targeting key is no fault here: only a split of a flag may need it.
        """
        given = headers.get(b"content-type", b"")
        if given != JSON and given.partition(b";")[0].strip().lower() != JSON:
            raise Refusal(415, "PARSE_ERROR", "the body must be application/json")
        demand_size(len(body), self.max_body_bytes)
        request = decode_json(body)
        context = request.get("context") if isinstance(request, dict) else None
        if not isinstance(context, dict):
            raise Refusal(400, "INVALID_CONTEXT", "the body must be an object whose `context` is an object")
        if not isinstance(context.get("targetingKey", ""), str):
            raise Refusal(400, "INVALID_CONTEXT", "targetingKey must be a string")
        return context


def _secret(headers: Headers) -> str | None:
    authorization = headers.get(b"authorization")
    if authorization is not None:
        return bearer(authorization.decode("latin-1"))
    key = headers.get(b"x-api-key")
    return key.decode("latin-1") if key else None
