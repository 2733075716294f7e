"""Hot paths over a snapshot in memory: documents to ask for, tokens to ask with, and a caller that needs no server."""

import asyncio
import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self
from urllib.parse import unquote

from flagsdk.core import Snapshot
from flagsdk.wire import Change, Whole
from flagsvc.http.authentication import KnownToken, Principal, TokenBook, TokenKind
from flagsvc.http.fanout import Fanout
from flagsvc.http.hot import Hot
from flagsvc.http.metrics_trace import Traces
from flagsvc.http.ofrep import PREFIX as OFREP
from flagsvc.http.ofrep import Ofrep
from flagsvc.http.ofrep_channel import Channels
from flagsvc.http.ofrep_cors import Cors
from flagsvc.http.ofrep_events import Events
from flagsvc.http.ofrep_gate import Gate
from flagsvc.http.traffic import PREFIX as TRAFFIC
from flagsvc.http.traffic import Traffic
from flagsvc.http.traffic_seal import Seal
from flagsvc.http.traffic_unit import Proxies

EVALUATION, SDK, ADMIN, EXPIRED = (
    "evaluation-token-1234",
    "sdk-token-12345678",
    "admin-token-123456",
    "expired-token-1234",
)
LIMIT = 4096


def split(salt: str, **ranges: int) -> dict[str, Any]:
    """Serve by bucket: `ranges` are variant and end, in order, up to 100 000."""
    starts = [0, *list(ranges.values())[:-1]]
    allocation = [[variant, start, end] for (variant, end), start in zip(ranges.items(), starts, strict=True)]
    weights = {variant: end - start for (variant, end), start in zip(ranges.items(), starts, strict=True)}
    return {
        "split": {"weights": weights, "by": "targetingKey", "hash": "murmur3", "salt": salt, "allocation": allocation}
    }


def flag(
    key: str, kind: str, variants: Mapping[str, Any], default: Mapping[str, Any], **members: Any
) -> dict[str, Any]:
    """Make a flag's document."""
    rest = {"enabled": True, "offVariant": next(iter(variants)), "prerequisites": [], "targets": [], "rules": []}
    return {"key": key, "type": kind, "variants": dict(variants), "default": dict(default), **rest, **members}


def traffic_split(key: str, **members: Any) -> dict[str, Any]:
    """Make a traffic split's document: 5 % canary, units by X-User-Id."""
    rest = {"backends": ["stable", "canary"], "stable": "stable", "enabled": True, "rules": [], "targets": []}
    unit = {"headers": ["X-User-Id"], "cookies": [], "clientAddress": False}
    return {
        "key": key,
        "salt": "s",
        "unit": unit,
        "default": split("shared", canary=5_000, stable=100_000),
        **rest,
        **members,
    }


ON_OFF = {"off": False, "on": True}
IN_GERMANY = {"id": "german", "when": {"attribute": "country", "op": "equals", "values": ["DE"]}, "serve": "on"}
FLAGS = [
    flag("static", "boolean", ON_OFF, {"serve": "on"}),
    flag("rollout", "boolean", ON_OFF, split("shared", on=30_000, off=100_000)),
    flag("ruled", "boolean", ON_OFF, {"serve": "off"}, rules=[IN_GERMANY]),
    flag("disabled", "string", {"a": "é", "b": "B"}, {"serve": "b"}, enabled=False),
    flag("whole", "float", {"one": 1.0, "huge": 1e22, "int": 3}, {"serve": "one"}),
    flag("huge", "float", {"huge": 1e22, "one": 1.0}, {"serve": "huge"}),
    flag("intfloat", "float", {"int": 3, "one": 1.5}, {"serve": "int"}),
    flag("count", "integer", {"few": 3, "many": 2**53 - 1}, {"serve": "many"}),
    flag("object", "object", {"o": {"a": [1, 1.5, None], "b": {"c": "d"}}}, {"serve": "o"}),
    flag(
        "broken",
        "boolean",
        ON_OFF,
        {"split": {"weights": {}, "by": "targetingKey", "hash": "no-such-hash", "salt": "s"}},
    ),
    flag("child", "boolean", ON_OFF, {"serve": "on"}, prerequisites=[{"flag": "rollout", "variants": ["on"]}]),
    flag("gone", "boolean", ON_OFF, {"serve": "on"}, archived=True),
]
SPLITS = [traffic_split("checkout")]


@dataclass
class Board:
    """A replica that shows what it is told to show; obeys the feed's Protocol."""

    held: dict[str, Snapshot] = field(default_factory=dict)
    woken: list[str] = field(default_factory=list)
    callbacks: list[Callable[[str, Change | None], None]] = field(default_factory=list)

    def show(self, documents: Mapping[str, str], environment: str = "production", revision: int = 1) -> None:
        self.held[environment] = Snapshot.load(environment, "epoch-1", revision, documents)

    def change(self, edits: Mapping[str, str | None], environment: str = "production") -> None:
        snapshot = self.held[environment].apply(self.held[environment].revision + 1, edits)
        self.held[environment] = snapshot
        change = Change(environment, snapshot.epoch, snapshot.revision, snapshot.digest, 0, edits)
        for callback in self.callbacks:
            callback(environment, change)

    def snapshot(self, environment: str) -> Snapshot | None:
        return self.held.get(environment)

    def whole(self, environment: str) -> Whole | None:
        held = self.held.get(environment)
        if held is None:
            return None
        return Whole(environment, held.epoch, held.revision, held.digest, held.format, 0, held.documents)

    def recent(self, environment: str) -> tuple[Change, ...]:
        return ()

    def subscribe(self, callback: Callable[[str, Change | None], None]) -> Callable[[], None]:
        self.callbacks.append(callback)
        return lambda: self.callbacks.remove(callback)


@dataclass(frozen=True)
class Reply:
    """What came back; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class World:
    """The hot paths of one process."""

    def __init__(
        self,
        *documents: dict[str, Any],
        proxies: Proxies | None = None,
        origins: tuple[str, ...] = (),
        seal: Seal | None = None,
    ) -> None:
        self.board = Board()
        self.show(*(documents or (*FLAGS, *SPLITS)))
        self.known = [known(EVALUATION, "evaluation"), known(SDK, "sdk", "other"), known(ADMIN, "admin", None)]
        self.known.append(known(EXPIRED, "evaluation", expires=datetime(2020, 1, 1, tzinfo=UTC)))
        self.channels = Channels()
        self.tokens = TokenBook(self._load, lambda: datetime.now(UTC), time.monotonic)
        self.tokens.refresh()
        self.traces = Traces()
        self.fanout = Fanout(self.board)
        events = Events(self.fanout, self.board.snapshot, self.channels)
        gate = Gate(self.tokens, LIMIT)
        self.ofrep = Ofrep(self.board.snapshot, gate, events, Cors(origins), self.traces, self.board.woken.append)
        self.traffic = Traffic(self.board.snapshot, proxies or Proxies(), self.traces, seal)
        self.app = Hot({TRAFFIC: self.traffic, OFREP: self.ofrep}, nothing)

    def show(self, *documents: dict[str, Any]) -> Self:
        names = {"backends": "split", "included": "segment"}
        kinds = [next((kind for member, kind in names.items() if member in doc), "flag") for doc in documents]
        self.board.show({f"{kind}/{doc['key']}": json.dumps(doc) for kind, doc in zip(kinds, documents, strict=True)})
        return self

    def evaluate(self, key: str, context: Any = None, token: str = EVALUATION, **headers: str) -> Reply:
        body = json.dumps({"context": {"targetingKey": "user-1"} if context is None else context}).encode()
        return self.post(
            f"/ofrep/v1/evaluate/flags/{key}" if key else "/ofrep/v1/evaluate/flags", body, token, **headers
        )

    def post(self, path: str, body: bytes, token: str = EVALUATION, **headers: str) -> Reply:
        given = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.ask("POST", path, {name: value for name, value in given.items() if value}, body)

    def decide(self, split: str = "checkout", path: str = "", method: str = "GET", **headers: str) -> Reply:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.ask(method, f"/traffic/v1/production/{split}/decide{path}", given)

    def ask(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"", peer: str = "192.0.2.1"
    ) -> Reply:
        """Ask over ASGI, and at once where that can be done: both ways must answer the same."""
        scope = scope_of(method, path, headers, peer)
        return asyncio.run(called(self.app, scope, body))

    def _load(self) -> list[KnownToken]:
        self.channels.learn(self.known)
        return self.known


def known(
    text: str, kind: TokenKind, environment: str | None = "production", expires: datetime | None = None
) -> KnownToken:
    """Make a token that the book knows."""
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    return KnownToken(sha256, Principal(f"id{sha256[:14]}", "t", kind, environment), expires)


def scope_of(method: str, path: str, headers: Mapping[str, str], peer: str = "192.0.2.1") -> dict[str, Any]:
    """Make an ASGI scope as uvicorn would."""
    raw, _, query = path.partition("?")
    return {
        "type": "http", "method": method, "path": unquote(raw),
        "raw_path": raw.encode(), "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()],
        "client": (peer, 40000), "scheme": "http", "http_version": "1.1",
    }  # fmt: skip


async def called(app: Any, scope: dict[str, Any], body: bytes, pieces: int = 1) -> Reply:
    """Call an ASGI application with a body in that many pieces."""
    size = max(1, -(-len(body) // pieces))
    parts = [body[start : start + size] for start in range(0, len(body), size)] or [b""]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        part = parts.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(parts)}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    headers = {name.decode(): value.decode("latin-1") for name, value in sent[0]["headers"]}
    return Reply(sent[0]["status"], headers, b"".join(message.get("body", b"") for message in sent[1:]))


async def nothing(scope: Any, receive: Any, send: Any) -> None:
    """Stand where Starlette stands: nothing is there."""
    await send({"type": "http.response.start", "status": 418, "headers": []})
    await send({"type": "http.response.body", "body": b""})
