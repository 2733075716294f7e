"""OFREP 0.3, single and bulk, as plain ASGI over memory. Source: open-feature/protocol, service/openapi.yaml, 0.3.0."""

import asyncio
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, unquote_to_bytes

from starlette.types import Receive, Scope, Send

from flagsdk.core import Snapshot
from flagsvc.http.authentication import Principal, TokenBook, bearer
from flagsvc.http.hot import JSON, NO_STORE, RawHeaders, Refusal, decode_json, read_body, respond
from flagsvc.http.ofrep_answers import failure, general
from flagsvc.http.ofrep_channel import Channels
from flagsvc.http.ofrep_cors import Cors
from flagsvc.http.ofrep_desk import Desk, Used

PREFIX = b"/ofrep/v1/"
BULK = b"/ofrep/v1/evaluate/flags"
SINGLE = BULK + b"/"
EVENTS = b"/ofrep/v1/events"
CATCH_UP_SECONDS = 0.5
"""How long a bulk request waits for the revision that its flagConfigEtag names."""

INACTIVITY_SECONDS = 120
_CHALLENGE = (b"www-authenticate", b'Bearer realm="flagsvc"')
_log = logging.getLogger(__name__)

Headers = dict[bytes, bytes]


class Ofrep:
    """Answers `/ofrep/v1/…`. A token of kind "evaluation" or "sdk" says which environment it is about."""

    def __init__(
        self,
        snapshot: Callable[[str], Snapshot | None],
        tokens: TokenBook,
        channels: Channels,
        *,
        max_body_bytes: int,
        cors: Cors,
        wake: Callable[[str], None],
    ) -> None:
        self._snapshot = snapshot
        self._tokens = tokens
        self._channels = channels
        self._max_body_bytes = max_body_bytes
        self._cors = cors
        self._wake = wake
        self._desks: dict[str, Desk] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; nothing escapes but what the connection itself raises."""
        headers = dict(scope["headers"])
        key = _key(scope["raw_path"])
        try:
            status, extra, body = await self._answer(scope, headers, key, receive)
        except Refusal as refusal:
            status, extra = refusal.status, [JSON, NO_STORE, *refusal.headers]
            body = failure(refusal.code, refusal.detail, key) if refusal.code else general(refusal.detail)
        except Exception:  # noqa: BLE001  # the last handler of this branch
            _log.exception("an evaluation request failed")
            status, extra, body = 500, [JSON, NO_STORE], general("an internal fault; it was logged")
        extra += self._cors.headers(headers)
        await respond(send, status, extra, body)

    def used(self) -> Iterator[Used]:
        """How often each variant was served, in every environment."""
        for desk in self._desks.values():
            yield from desk.used()

    async def _answer(
        self, scope: Scope, headers: Headers, key: str | None, receive: Receive
    ) -> tuple[int, RawHeaders, bytes]:
        path = scope["raw_path"]
        if key is None and path != BULK:
            raise Refusal(404, "", "there is no such endpoint")
        if scope["method"] != "POST":
            return self._preflight(scope, headers)
        principal = self._authenticate(headers)
        context = await self._context(headers, receive)
        if key is not None:
            status, body = self._desk(principal).single(key, context)
            return status, [JSON, NO_STORE], body
        return await self._bulk(scope, headers, principal, context)

    async def _bulk(
        self, scope: Scope, headers: Headers, principal: Principal, context: dict[str, Any]
    ) -> tuple[int, RawHeaders, bytes]:
        desk = self._desk(principal)
        if scope["query_string"] and await self._catch_up(desk.snapshot, scope["query_string"]):
            desk = self._desk(principal)
        etag = desk.etag(context, principal.environment or "")
        cache = [(b"etag", etag), (b"cache-control", b"private, no-cache")]
        if _matches(headers.get(b"if-none-match"), etag):
            return 304, cache, b""
        return 200, [JSON, *cache], desk.bulk(context, self._streams(principal))

    def _authenticate(self, headers: Headers) -> Principal:
        given = headers.get(b"authorization") or headers.get(b"x-api-key")
        if given is None:
            raise Refusal(401, "", "an evaluation token is needed", _CHALLENGE)
        text = given.decode("latin-1")
        secret = bearer(text) if b"authorization" in headers else text
        principal = self._tokens.check(secret) if secret else None
        if principal is None:
            raise Refusal(401, "", "a valid evaluation token is needed", _CHALLENGE)
        if principal.environment is None or principal.kind == "admin":
            raise Refusal(403, "", "this token belongs to no environment: use an evaluation or SDK token")
        return principal

    async def _context(self, headers: Headers, receive: Receive) -> dict[str, Any]:
        if headers.get(b"content-type", b"").partition(b";")[0].strip().lower() != b"application/json":
            raise Refusal(415, "PARSE_ERROR", "the body must be application/json")
        request = decode_json(await read_body(receive, self._max_body_bytes))
        context = request.get("context") if isinstance(request, dict) else None
        if not isinstance(context, dict):
            raise Refusal(400, "INVALID_CONTEXT", "the body must be an object whose `context` is an object")
        if not isinstance(context.get("targetingKey", ""), str):
            raise Refusal(400, "INVALID_CONTEXT", "targetingKey must be a string")
        return context

    def _desk(self, principal: Principal) -> Desk:
        environment = principal.environment or ""
        snapshot = self._snapshot(environment)
        if snapshot is None:
            raise Refusal(503, "", f"no snapshot of {environment} is loaded", (b"retry-after", b"1"))
        desk = self._desks.get(environment)
        if desk is None:
            desk = self._desks[environment] = Desk(snapshot)
        elif desk.snapshot is not snapshot:
            desk.take(snapshot)
        return desk

    async def _catch_up(self, snapshot: Snapshot, query: bytes) -> bool:
        """Wait for the revision of which the caller has heard; False when there is none to wait for."""
        wanted = parse_qs(query.decode("latin-1")).get("flagConfigEtag", [""])[0].strip('"')
        epoch, _, number = wanted.rpartition(".")
        if epoch != snapshot.epoch or not number.isdigit() or len(number) > 18 or int(number) <= snapshot.revision:  # noqa: PLR2004
            return False
        self._wake(snapshot.environment)
        for _ in range(int(CATCH_UP_SECONDS / 0.01)):
            held = self._snapshot(snapshot.environment)
            if held is None or held.epoch != epoch or held.revision >= int(number):
                break
            await asyncio.sleep(0.01)
        return True

    def _streams(self, principal: Principal) -> bytes:
        uri = f"{EVENTS.decode()}?channel={self._channels.sign(principal)}"
        stream = {"type": "sse", "endpoint": {"requestUri": uri}, "inactivityDelaySec": INACTIVITY_SECONDS}
        return json.dumps([stream], separators=(",", ":")).encode()

    def _preflight(self, scope: Scope, headers: Headers) -> tuple[int, RawHeaders, bytes]:
        if scope["method"] == "OPTIONS" and self._cors.is_preflight(headers):
            return 204, self._cors.preflight(), b""
        raise Refusal(405, "", "use POST", (b"allow", b"POST"))


def _key(path: bytes) -> str | None:
    """Read the flag's key in a path, percent-decoded; None when it is no path of a single flag."""
    if not path.startswith(SINGLE) or len(path) == len(SINGLE):
        return None
    return unquote_to_bytes(path[len(SINGLE) :]).decode("utf-8", "replace")


def _matches(given: bytes | None, etag: bytes) -> bool:
    """Whether If-None-Match names the tag: a list, `*`, weak or without quotes; RFC 9110, section 13.1.2."""
    if not given:
        return False
    tags = {tag.strip().removeprefix(b"W/").strip(b'"') for tag in given.split(b",")}
    return etag.strip(b'"') in tags or b"*" in tags
