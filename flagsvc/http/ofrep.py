"""OFREP 0.3, single and bulk, as plain ASGI over memory. Source: open-feature/protocol, service/openapi.yaml, 0.3.0."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import NamedTuple
from urllib.parse import parse_qs, unquote_to_bytes

from starlette.types import Receive, Scope, Send

from flagsdk.core import Snapshot
from flagsdk.wire import Corrupt, Position
from flagsvc.http.authentication import Principal
from flagsvc.http.hot import JSON, NO_STORE, RawHeaders, Refusal, respond
from flagsvc.http.metrics_trace import Durations, Traces
from flagsvc.http.ofrep_answers import failure, general
from flagsvc.http.ofrep_cors import Cors
from flagsvc.http.ofrep_desk import Context, Desk, Used
from flagsvc.http.ofrep_events import PATH as EVENTS
from flagsvc.http.ofrep_events import Events
from flagsvc.http.ofrep_gate import Gate, Headers
from flagsvc.http.request_id import HEADER, request_id

PREFIX = b"/ofrep/v1/"
BULK = b"/ofrep/v1/evaluate/flags"
SINGLE = BULK + b"/"
ROUTES = {True: "/ofrep/v1/evaluate/flags/{key}", False: BULK.decode()}
CATCH_UP_SECONDS = 0.5
"""How long a bulk request waits for the revision that its flagConfigEtag names."""

_CACHE = (b"cache-control", b"private, no-cache")
_log = logging.getLogger(__name__)


class Answer(NamedTuple):
    """Status, headers and body of a response."""

    status: int
    headers: RawHeaders
    body: bytes


class Ofrep:
    """Answers `/ofrep/v1/…`. A token of kind "evaluation" or "sdk" says which environment it is about."""

    def __init__(
        self,
        snapshot: Callable[[str], Snapshot | None],
        gate: Gate,
        events: Events,
        cors: Cors,
        traces: Traces,
        wake: Callable[[str], None],
    ) -> None:
        self._snapshot = snapshot
        self._gate = gate
        self._events = events
        self._cors = cors
        self._wake = wake
        self._desks: dict[str, Desk] = {}
        self._traces = {single: traces.of(route) for single, route in ROUTES.items()}
        self.durations = Durations()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        start = perf_counter()
        headers = dict(scope["headers"])
        path = scope["raw_path"]
        key = _key(path)
        if path == EVENTS:
            await self._listen(scope, headers, receive, send)
            return
        try:
            answer = await self._answer(scope, headers, key, receive)
        except Refusal as refusal:
            answer = _refused(refusal, key)
        except Exception:  # noqa: BLE001  # the last handler of this branch
            answer = _failed(scope)
        await respond(send, answer.status, [*answer.headers, *self._cors.headers(headers)], answer.body)
        self._traces[key is not None].note(scope["method"], answer.status, perf_counter() - start)

    def used(self) -> Iterator[Used]:
        """How often each variant was served, in every environment."""
        for desk in self._desks.values():
            yield from desk.used()

    async def _answer(self, scope: Scope, headers: Headers, key: str | None, receive: Receive) -> Answer:
        if key is None and scope["raw_path"] != BULK:
            raise Refusal(404, "", "there is no such endpoint")
        if scope["method"] != "POST":
            return self._preflight(scope, headers)
        principal = self._gate.principal(headers)
        context = await self._gate.context(headers, receive)
        if key is None:
            return await self._bulk(scope["query_string"], headers, principal, context)
        start = perf_counter()
        status, body = self._desk(principal).single(key, context)
        self.durations.observe(perf_counter() - start)
        return Answer(status, [JSON, NO_STORE], body)

    async def _bulk(self, query: bytes, headers: Headers, principal: Principal, context: Context) -> Answer:
        desk = self._desk(principal)
        if query and await self._catch_up(desk.snapshot, query):
            desk = self._desk(principal)
        start = perf_counter()
        etag = desk.etag(context)
        if _matches(headers.get(b"if-none-match"), etag):
            return Answer(304, [(b"etag", etag), _CACHE], b"")
        body = desk.bulk(context, self._events.advertisement(principal))
        self.durations.observe(perf_counter() - start)
        return Answer(200, [JSON, (b"etag", etag), _CACHE], body)

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
        wanted = _wanted(query)
        if wanted is None or wanted.epoch != snapshot.epoch or wanted.revision <= snapshot.revision:
            return False
        self._wake(snapshot.environment)
        for _ in range(int(CATCH_UP_SECONDS / 0.01)):
            held = self._snapshot(snapshot.environment)
            if held is None or held.epoch != wanted.epoch or held.revision >= wanted.revision:
                break
            await asyncio.sleep(0.01)
        return True

    async def _listen(self, scope: Scope, headers: Headers, receive: Receive, send: Send) -> None:
        extra = self._cors.headers(headers)
        try:
            _only_get(scope)
            principal = self._events.principal(scope["query_string"]) or self._gate.principal(headers)
            response = self._events.response(principal, headers, extra)
        except Refusal as refusal:
            answer = _refused(refusal, None)
            await respond(send, answer.status, [*answer.headers, *extra], answer.body)
        else:
            await response(scope, receive, send)

    def _preflight(self, scope: Scope, headers: Headers) -> Answer:
        if scope["method"] == "OPTIONS" and self._cors.is_preflight(headers):
            return Answer(204, self._cors.preflight(), b"")
        raise Refusal(405, "", "use POST", (b"allow", b"POST"))


def _only_get(scope: Scope) -> None:
    if scope["method"] != "GET":
        raise Refusal(405, "", "use GET", (b"allow", b"GET"))


def _refused(refusal: Refusal, key: str | None) -> Answer:
    body = failure(refusal.code, refusal.detail, key) if refusal.code else general(refusal.detail)
    return Answer(refusal.status, [JSON, NO_STORE, *refusal.headers], body)


def _failed(scope: Scope) -> Answer:
    chosen = request_id(scope)
    _log.exception("an evaluation request failed", extra={"requestId": chosen})
    headers = [JSON, NO_STORE, (HEADER.lower().encode(), chosen.encode())]
    return Answer(500, headers, general(f"an internal fault; the log has it under request id {chosen}"))


def _key(path: bytes) -> str | None:
    """Read the flag's key in a path, percent-decoded; None when it is no path of a single flag."""
    if not path.startswith(SINGLE) or len(path) == len(SINGLE):
        return None
    key = path[len(SINGLE) :]
    return (unquote_to_bytes(key) if b"%" in key else key).decode("utf-8", "replace")


def _wanted(query: bytes) -> Position | None:
    text = parse_qs(query.decode("latin-1")).get("flagConfigEtag", [""])[0].strip('"')
    try:
        return Position.parse(text)
    except Corrupt:
        return None


def _matches(given: bytes | None, etag: bytes) -> bool:
    """Whether If-None-Match names the tag: a list, `*`, weak or without quotes; RFC 9110, section 13.1.2."""
    if not given:
        return False
    tags = {tag.strip().removeprefix(b"W/").strip(b'"') for tag in given.split(b",")}
    return etag.strip(b'"') in tags or b"*" in tags
