"""The feed for SDKs without Redis: GET /sdk/v1/snapshot by ETag, and GET /sdk/v1/changes as server-sent events."""

import gzip
import random
import threading
from collections.abc import Callable
from functools import partial

from sse_starlette import EventSourceResponse
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from flagsdk.wire import Corrupt, Position, Whole, whole_json
from flagsvc.http.admission import Admission
from flagsvc.http.authentication import Tokens, bearer, unauthenticated
from flagsvc.http.boundary import guarded
from flagsvc.http.conditional import unchanged
from flagsvc.http.fanout import Fanout, Replica
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

SNAPSHOT = "/sdk/v1/snapshot"
CHANGES = "/sdk/v1/changes"
SNAPSHOTS_PER_SECOND = 50
GZIP_LEVEL = 5  # beyond it, time doubles for a few percent of size


class Feed:
    """The two routes and the streams behind them."""

    def __init__(
        self,
        replica: Replica,
        tokens: Tokens,
        *,
        limit: int = 1000,
        snapshots_per_second: int = SNAPSHOTS_PER_SECOND,
        look_seconds: float = LOOK_SECONDS,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._replica = replica
        self._tokens = tokens
        self._fanout = Fanout(replica, limit)
        self._admission = Admission(snapshots_per_second)
        self._bodies = _Bodies()
        self._look_seconds = look_seconds
        self._chance = chance
        self.routes = [
            Route(SNAPSHOT, guarded(self.snapshot), methods=["GET"], name="sdkSnapshot"),
            Route(CHANGES, guarded(self.changes), methods=["GET"], name="sdkChanges"),
        ]

    @property
    def fanout(self) -> Fanout:
        """The streams of this process, which OFREP's and the admin API's join."""
        return self._fanout

    @property
    def clients(self) -> int:
        """How many streams are open in this process."""
        return self._fanout.clients

    def close(self) -> None:
        """Say farewell on every stream and refuse new ones. Call on the event loop, before the server drains."""
        self._fanout.close()

    async def snapshot(self, request: Request) -> Response:
        """Everything the token's environment holds, as JSON; 304 for who has it, 503 for one too many."""
        _, whole = await self._asked(request)
        tag = f'"{whole.position}"'
        headers = {"ETag": tag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding, Authorization"}
        if unchanged(request.headers, tag):
            return Response(status_code=304, headers=headers)
        if seconds := self._admission.ask():
            raise Problem(
                "too-many-snapshots", "too many ask for everything now", headers={"Retry-After": str(seconds)}
            )
        body, compressed = await run_in_threadpool(self._bodies.of, whole)
        if "gzip" in request.headers.get("accept-encoding", ""):
            body, headers["Content-Encoding"] = compressed, "gzip"
        return Response(body, headers=headers, media_type="application/json")

    async def changes(self, request: Request) -> Response:
        """Stream the changes of the token's environment, from `Last-Event-ID` (EPOCH.REVISION) on."""
        token, whole = await self._asked(request)
        retry = retry_milliseconds(self._chance)
        demand_room(self._fanout, retry)
        stream = Stream(
            self._fanout,
            Subject(whole.environment, partial(self._fanout.replay, whole.environment), _held(request)),
            allowed=lambda: self._is_open(token),
            look_seconds=self._look_seconds,
            retry_milliseconds=retry,
        )
        return EventSourceResponse(
            stream.events(),
            ping=0,  # the stream has its own heartbeat, which also looks whether the token still counts
            send_timeout=SEND_SECONDS,
            shutdown_event=stream.leaving,
            shutdown_grace_period=GRACE_SECONDS,
            data_sender_callable=stream.end_with_server,
        )

    async def _asked(self, request: Request) -> tuple[str, Whole]:
        """Check the token; give it, and the snapshot of the environment that it belongs to."""
        token = bearer(request.headers.get("authorization")) or ""
        principal = await self._tokens.admitted(token)
        if principal is None:
            raise unauthenticated()
        if principal.kind != "sdk" or principal.environment is None:
            raise Problem("forbidden", "the feed needs an SDK token, which belongs to one environment")
        if principal.archived:
            raise Problem("forbidden", f"the environment {principal.environment!r} of this token is archived")
        whole = self._replica.whole(principal.environment)
        if whole is None:
            detail = f"no snapshot of {principal.environment!r} is loaded yet"
            raise Problem("not-ready", detail, headers={"Retry-After": "1"})
        return token, whole

    def _is_open(self, token: str) -> bool:
        principal = self._tokens.check(token)
        return principal is not None and not principal.archived


class _Bodies:
    """The last body per environment, plain and compressed: a thousand clients cost one encoding."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[Position, bytes, bytes]] = {}

    def of(self, whole: Whole) -> tuple[bytes, bytes]:
        """Encode a snapshot once; those who ask meanwhile wait for it. For worker threads only."""
        with self._lock:
            position, body, compressed = self._kept.get(whole.environment, (None, b"", b""))
            if position != whole.position:
                body = whole_json(whole).encode()
                compressed = gzip.compress(body, GZIP_LEVEL, mtime=0)
                self._kept[whole.environment] = (whole.position, body, compressed)
        return body, compressed


def _held(request: Request) -> Position | None:
    """Where the client stands; None (it reads the whole again) for a header that is missing or not ours."""
    try:
        return Position.parse(request.headers.get("last-event-id", ""))
    except Corrupt:
        return None
