"""OFREP 0.3, single and bulk, over memory. Source: open-feature/protocol, service/openapi.yaml, 0.3.0."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from time import perf_counter
from urllib.parse import parse_qs, unquote_to_bytes

from starlette.types import Receive, Scope, Send

from flagsdk.core import Snapshot
from flagsdk.wire import Corrupt, Position
from flagsvc.http.authentication import Principal
from flagsvc.http.hot import Answer, respond
from flagsvc.http.hot_body import Refusal, read_body
from flagsvc.http.metrics_trace import Durations, Traces
from flagsvc.http.ofrep_answers import failure, general
from flagsvc.http.ofrep_cors import PREFLIGHT, Cors
from flagsvc.http.ofrep_desk import Context, Desk, Used
from flagsvc.http.ofrep_events import PATH as EVENTS
from flagsvc.http.ofrep_events import Events
from flagsvc.http.ofrep_gate import Gate, Headers, Stranger
from flagsvc.http.request_id import request_id

PREFIX = b"/ofrep/v1/"
BULK = b"/ofrep/v1/evaluate/flags"
SINGLE = BULK + b"/"
ROUTES = {True: "/ofrep/v1/evaluate/flags/{key}", False: BULK.decode()}
CATCH_UP_SECONDS = 0.5
"""How long a bulk request waits for the revision that its flagConfigEtag names."""

JSON = b"content-type: application/json\r\n"  # answers to POST are not cached unless they say so; RFC 9110, 9.3.3
BULK_HEAD = b"content-type: application/json\r\ncache-control: private, no-cache\r\netag: %b\r\n"
_log = logging.getLogger(__name__)


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

    def answer(self, scope: Scope, body: bytes) -> Answer | None:
        """Answer an evaluation; None for streams, for strangers, and for who has heard of a revision not yet here."""
        if scope["raw_path"] == EVENTS or (scope["query_string"] and self._is_behind(scope)):
            return None
        try:
            return self._answer(scope, body)
        except Stranger:
            return None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, waiting for what it needs."""
        await self._gate.meet(dict(scope["headers"]))
        if scope["raw_path"] == EVENTS:
            await self._listen(scope, receive, send)
            return
        try:
            body = await read_body(receive, self._gate.max_body_bytes)
        except Refusal as refusal:
            await respond(send, _refused(refusal, _key(scope["raw_path"])))
            return
        if scope["query_string"] and self._is_behind(scope):
            await self._catch_up(scope)
        await respond(send, self._answer(scope, body, met=True))

    def durations(self) -> list[Durations]:
        """How long answers took, single and bulk."""
        return [trace.durations for trace in self._traces.values()]

    def used(self) -> Iterator[Used]:
        """How often each variant was served, in every environment."""
        for desk in self._desks.values():
            yield from desk.used()

    def _answer(self, scope: Scope, body: bytes, *, met: bool = False) -> Answer:
        start = perf_counter()
        headers = dict(scope["headers"])
        key = _key(scope["raw_path"])
        try:
            answer = self._evaluated(scope, headers, key, body)
        except Refusal as refusal:
            if isinstance(refusal, Stranger) and not met:
                raise
            answer = _refused(refusal, key)
        except Exception:  # noqa: BLE001  # the last handler of this branch
            answer = _failed(scope)
        if more := self._cors.head(headers):
            answer = Answer(answer.status, answer.head + more, answer.body)
        self._traces[key is not None].note(scope["method"], answer.status, perf_counter() - start)
        return answer

    def _evaluated(self, scope: Scope, headers: Headers, key: str | None, body: bytes) -> Answer:
        if key is None and scope["raw_path"] != BULK:
            raise Refusal(404, "", "there is no such endpoint")
        if scope["method"] != "POST":
            return self._preflight(scope, headers)
        principal = self._gate.principal(headers)
        context = self._gate.context(headers, body)
        desk = self._desk(principal)
        if key is None:
            return self._bulk(desk, headers, principal, context)
        status, content = desk.single(key, context)
        return Answer(status, JSON, content)

    def _bulk(self, desk: Desk, headers: Headers, principal: Principal, context: Context) -> Answer:
        try:
            etag = desk.etag(context)
        except RecursionError:  # what the parser could just read, the writer cannot write
            raise Refusal(400, "PARSE_ERROR", "the context is nested too deeply") from None
        if _matches(headers.get(b"if-none-match"), etag):
            return Answer(304, BULK_HEAD.partition(b"\r\n")[2] % etag)
        return Answer(200, BULK_HEAD % etag, desk.bulk(context, self._events.advertisement(principal)))

    def _desk(self, principal: Principal) -> Desk:
        environment = principal.environment or ""
        snapshot = self._snapshot(environment)
        if snapshot is None:
            raise Refusal(503, "", f"no snapshot of {environment} is loaded", b"retry-after: 1\r\n")
        desk = self._desks.get(environment)
        if desk is None:
            desk = self._desks[environment] = Desk(snapshot)
        elif desk.snapshot is not snapshot:
            desk.take(snapshot)
        return desk

    def _is_behind(self, scope: Scope) -> bool:
        """Whether the caller, who has heard of a revision (flagConfigEtag), knows more than the replica."""
        wanted = _wanted(scope["query_string"])
        if wanted is None or scope["method"] != "POST":
            return False
        try:
            held = self._desk(self._gate.principal(dict(scope["headers"]))).snapshot
        except Refusal:
            return False
        return held.epoch == wanted.epoch and held.revision < wanted.revision

    async def _catch_up(self, scope: Scope) -> None:
        self._wake(self._gate.principal(dict(scope["headers"])).environment or "")
        for _ in range(int(CATCH_UP_SECONDS / 0.01)):
            await asyncio.sleep(0.01)
            if not self._is_behind(scope):
                return

    async def _listen(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        more = self._cors.head(headers)
        try:
            _only_get(scope)
            principal = self._events.principal(scope["query_string"]) or self._gate.principal(headers)
            response = self._events.response(principal, headers, more)
        except Refusal as refusal:
            answer = _refused(refusal, None)
            await respond(send, Answer(answer.status, answer.head + more, answer.body))
        else:
            await response(scope, receive, send)

    def _preflight(self, scope: Scope, headers: Headers) -> Answer:
        if scope["method"] == "OPTIONS" and self._cors.is_preflight(headers):
            return Answer(204, PREFLIGHT)
        raise Refusal(405, "", "use POST", b"allow: POST\r\n")


def _refused(refusal: Refusal, key: str | None) -> Answer:
    body = failure(refusal.code, refusal.detail, key) if refusal.code else general(refusal.detail)
    return Answer(refusal.status, JSON + refusal.head, body)


def _failed(scope: Scope) -> Answer:
    chosen = request_id(scope)
    _log.exception("an evaluation request failed", extra={"requestId": chosen})
    head = JSON + b"x-request-id: %b\r\n" % chosen.encode()
    return Answer(500, head, general(f"an internal fault; the log has it under request id {chosen}"))


def _only_get(scope: Scope) -> None:
    if scope["method"] != "GET":
        raise Refusal(405, "", "use GET", b"allow: GET\r\n")


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
