"""The live stream of the admin API, GET /api/v1/stream: server-sent events about everything that changes."""

import json
import random
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from sse_starlette import EventSourceResponse
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from flagsvc.domain.live import News
from flagsvc.http.authentication import Principal
from flagsvc.http.boundary import guarded
from flagsvc.http.fanout import Fanout, Notice
from flagsvc.http.problem import Problem
from flagsvc.http.stream import (
    GRACE_SECONDS,
    LOOK_SECONDS,
    SEND_SECONDS,
    Stream,
    Subject,
    demand_room,
    retry_milliseconds,
)

STREAM = "/api/v1/stream"
TOPIC = "_live"
"""The mailboxes of those who follow; no environment has such a key."""


class Watching(Protocol):
    """What the stream needs of the watcher."""

    def open(self) -> None:
        """Count one who listens, in a worker thread; raises Unavailable."""

    def leave(self) -> None:
        """Count one less; returns at once."""

    def opening(self) -> Sequence[News]:
        """Give what somebody is told first."""


class Identity(Protocol):
    """Who sends a request; both raise Problem for nobody."""

    def fresh(self, request: Request) -> Principal:
        """Find who asks, by what is known a few seconds ago at most; may block."""

    def known(self, request: Request) -> Principal:
        """Likewise from memory; asked again and again while a stream is open."""


class Live:
    """The route and the streams behind it, over the fan-out that all streams of a process share."""

    def __init__(
        self,
        fanout: Fanout,
        watching: Watching,
        identity: Identity,
        *,
        look_seconds: float = LOOK_SECONDS,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._fanout, self._watching = fanout, watching
        self._identity = identity
        self._look_seconds = look_seconds
        self._chance = chance
        self.route = Route(STREAM, guarded(self.stream), methods=["GET"], name="adminStream")

    async def stream(self, request: Request) -> Response:
        """Tell where everything stands, and then everything that changes, until client or service leaves."""
        await run_in_threadpool(self._admit, request)
        retry = retry_milliseconds(self._chance)
        demand_room(self._fanout, retry)
        await run_in_threadpool(self._watching.open)
        stream = Stream(
            self._fanout,
            Subject(TOPIC, lambda _: [notice_of_news(self._watching.opening())]),
            allowed=lambda: self._may_stay(request),
            look_seconds=self._look_seconds,
            retry_milliseconds=retry,
        )
        return _Followed(
            self._watching.leave,
            stream.events(),
            ping=0,  # the stream has its own heartbeat, which also looks whether the token still counts
            send_timeout=SEND_SECONDS,
            shutdown_event=stream.leaving,
            shutdown_grace_period=GRACE_SECONDS,
            data_sender_callable=stream.end_with_server,
        )

    def _admit(self, request: Request) -> None:
        if not _is_admin(self._identity.fresh(request)):
            raise Problem("forbidden", "the live stream tells of every environment: it needs an admin token")

    def _may_stay(self, request: Request) -> bool:
        try:
            return _is_admin(self._identity.known(request))
        except Problem:
            return False


class _Followed(EventSourceResponse):
    """The answer to one who listens; `leave` is called however it ends."""

    def __init__(self, leave: Callable[[], None], *arguments: object, **options: object) -> None:
        super().__init__(*arguments, **options)  # type: ignore[arg-type]  # passed through as they are
        self._leave = leave

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._leave()


def publish(fanout: Fanout, news: Iterable[News]) -> None:
    """Hand news to everybody who follows; from any thread."""
    fanout.post(TOPIC, notice_of_news(news))


def notice_of_news(news: Iterable[News]) -> Notice:
    """Encode news as events, once for all clients; together they take one place in a mailbox."""
    return Notice("".join(map(_event, news)).encode())


def _event(news: News) -> str:
    return f"event: {news.kind}\ndata: {json.dumps(news.members, ensure_ascii=False, separators=(',', ':'))}\n\n"


def _is_admin(principal: Principal) -> bool:
    return principal.kind == "admin" and principal.environment is None
