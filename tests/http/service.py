"""A whole admin API over a real SQLite file, and a client that speaks to it."""

import hashlib
import json
import random
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from httpx2 import Response
from sqlalchemy import inspect, text
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from flagsvc.domain.actor import Actor
from flagsvc.domain.routing.capabilities import Capabilities
from flagsvc.domain.routing.target import Target
from flagsvc.domain.sessions import SessionLimits
from flagsvc.domain.tokens import ALPHABET, token_text
from flagsvc.http.admin import admin_routes
from flagsvc.http.authentication import TokenBook, known_tokens
from flagsvc.http.boundary import EXCEPTION_HANDLERS, LastResort
from flagsvc.http.identity import Identity
from flagsvc.http.request_id import RequestIdMiddleware
from flagsvc.http.services import Services
from flagsvc.http.sessions import SessionBook
from flagsvc.http.traffic_unit import Proxies
from flagsvc.ports import MetricSource
from flagsvc.store import SqlStore, open_store, upgrade
from flagsvc.usecases import documents, environments, flags, setup, tokens
from flagsvc.usecases.intent import Intent
from flagsvc.usecases.sessions import kept_sessions

ADMIN = token_text("admin", None, "T" * 32)
API = "/api/v1"
PRODUCTION = f"{API}/environments/production"
CONFIGURATION = f"{PRODUCTION}/flags/new-checkout"
BOOLEAN = {"key": "new-checkout", "type": "boolean", "variants": {"on": True, "off": False}, "tags": ["checkout"]}
THEME = {"key": "theme", "type": "string", "variants": {"light": "l", "dark": "d", "auto": "a"}}
BETA = {"key": "beta", "included": ["user-1"], "when": {"attribute": "country", "op": "in", "values": ["DE"]}}
SPLIT = {
    "key": "checkout",
    "backends": ["stable", "canary"],
    "stable": "stable",
    "default": {"split": {"weights": {"stable": 95_000, "canary": 5_000}}},
}
BOUND = {**SPLIT, "key": "search"}
BINDING = {"key": "edge", "split": "search", "routers": ["edge-1"]}
ROUTERS = {
    "edge-1": Capabilities(granularity=256, sticky="own", backends=frozenset({"stable", "canary"})),
    "edge-2": Capabilities(granularity=100_000, sticky="cohort", mirror=True),
    "mesh": Capabilities(granularity=100, persistent=False),
}
THIRTY = {"split": {"weights": {"on": 30_000, "off": 70_000}}}
TO_THIRTY = {"serve": None, **THIRTY}  # as a merge patch: the variant served until now has to go


def mint() -> str:
    """Give 32 random characters."""
    return "".join(secrets.choice(ALPHABET) for _ in range(32))


def intent(**members: Any) -> Intent:
    """Make the intent of whoever prepares a test."""
    return Intent(actor=Actor("system", "test"), now=datetime.now(UTC), mint=mint, routers=ROUTERS, **members)


@dataclass
class Service:
    """The application, its store, and everything it woke the publisher for."""

    store: SqlStore
    woken: list[str] = field(default_factory=list)
    sources: dict[str, MetricSource] = field(default_factory=dict)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    elapsed: Callable[[], float] = time.monotonic
    proxies: Proxies = field(default_factory=Proxies)
    planner: Callable[[str, Target], Sequence[str]] = lambda name, target: [f"tell {name} {dict(target.weights)}"]

    @property
    def path(self) -> str:
        """The SQLite file."""
        return self.store.engine.url.database or ""

    def __post_init__(self) -> None:
        self.book = TokenBook(lambda: known_tokens(self.store), self.now, self.elapsed)
        self.sessions = SessionBook(lambda: kept_sessions(self.store), SessionLimits(), self.now, self.elapsed)
        self.services = Services(
            store=self.store,
            identity=Identity(tokens=self.book, sessions=self.sessions, proxies=self.proxies),
            wake=self.woken.append,
            clock=self.now,
            mint=mint,
            routers=ROUTERS,
            router_kinds=dict.fromkeys(ROUTERS, "haproxy-weights"),
            plan=self._plan,
            metric_sources=self.sources,
            max_body_bytes=2**20,
        )
        self.application = Starlette(
            routes=admin_routes(self.services),
            middleware=[Middleware(RequestIdMiddleware), Middleware(LastResort)],
            exception_handlers=EXCEPTION_HANDLERS,
        )
        self.client = TestClient(self.application)

    def _plan(self, name: str, target: Target) -> Sequence[str]:
        return self.planner(name, target)

    def request(self, method: str, path: str, *, token: str | None = ADMIN, **options: Any) -> Response:
        """Send a request; what is no full path is below /api/v1."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= options.pop("headers", {})
        return self.client.request(method, path, headers=headers, **options)

    def ok(self, method: str, path: str, body: Any = None, **options: Any) -> dict[str, Any]:
        """Send a request that must succeed and give its JSON."""
        answer = self.request(method, path, **({} if body is None else {"json": body}), **options)
        assert answer.is_success, answer.text
        content: dict[str, Any] = answer.json()
        return content

    def token(self, kind: str, environment: str | None) -> str:
        """Make a token and give its text."""
        bound = {"environment": environment} if environment else {}
        made = self.ok("POST", f"{API}/tokens", {"kind": kind, "name": "test", **bound})
        token: str = made["document"]["token"]
        return token

    def digest(self) -> str:
        """Hash every row of every table."""
        with self.store.engine.connect() as connection:
            rows = [
                (name, sorted(map(repr, connection.execute(text(f'SELECT * FROM "{name}"')))))  # noqa: S608  # own tables
                for name in sorted(inspect(connection).get_table_names())
            ]
        return hashlib.sha256(repr(rows).encode()).hexdigest()

    @contextmanager
    def untouched(self) -> Iterator[None]:
        """Demand that not one byte of state changes inside the block, and that nobody is woken."""
        before, woken = self.digest(), list(self.woken)
        yield
        assert self.digest() == before
        assert self.woken == woken


def reopen(directory: Path) -> Service:
    """Open what `open_service` made."""
    return Service(open_store(_url(directory), chance=random.random))


def open_service(directory: Path) -> Service:
    """Make a service with three environments, two flags, a segment, a traffic split, and another with its binding."""
    store = open_store(_url(directory), chance=random.random)
    upgrade(store.engine)
    setup.initialise(store, "epoch-1", intent())
    for key in ("development", "staging", "production"):
        environments.create_environment(store, intent(), {"key": key})
    for flag in (BOOLEAN, THEME):
        flags.create_flag(store, intent(), flag)
    documents.create_document(store, intent(), "production", "segment", BETA)
    documents.create_document(store, intent(), "production", "split", SPLIT)
    documents.create_document(store, intent(), "production", "split", BOUND)
    documents.create_document(store, intent(), "production", "binding", BINDING)
    tokens.adopt_token(store, intent(), "admin", None, "root", ADMIN)
    return Service(store)


def _url(directory: Path) -> str:
    return f"sqlite:///{directory / 'service.db'}"


def problem(answer: Response, status: int, code: str) -> Mapping[str, Any]:
    """Demand a problem of this status and code, complete; give its members."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    members: dict[str, Any] = json.loads(answer.content)
    assert members["code"] == code, members
    assert members["status"] == status
    assert members["requestId"] == answer.headers["X-Request-Id"]
    return members


def pointers(members: Mapping[str, Any]) -> list[str]:
    """Give the pointers of a problem's faults."""
    return [fault["pointer"] for fault in members["errors"]]
