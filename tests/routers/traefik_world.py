"""A Traefik with the guide's own files before two back ends, and what tells it: a Redis, and this service's shelf."""

import asyncio
import http.client
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

from pydantic import TypeAdapter
from redis import Redis
from ruamel.yaml import YAML
from starlette.applications import Starlette

from flagsvc.http.traefik import TraefikDesk
from flagsvc.outbound.files import secret_of
from flagsvc.routers.registry import Tools, build, options_of
from flagsvc.runner.shelf import Shelf
from flagsvc.store import open_store, upgrade
from tests.edges.asked import backend
from tests.routers.contract import STEPS
from tests.support.asgi import Served
from tests.support.edge import Backend, Echo
from tests.support.edge_servers import TraefikServer
from tests.support.link import Link
from tests.support.pipeline import ask_all, request
from tests.support.process import free_port
from tests.support.servers import RedisServer
from tests.support.snippets import snippets
from tests.support.timing import eventually

PAGE = "docs/routers/traefik.md"
TOKEN = "a-token-for-the-tests"  # noqa: S105  # of a throw-away Traefik
THROTTLE = "100ms"
NOTICES = ("notify-keyspace-events", "AKE")
"""Traefik sets this when it starts, and never again: a Redis that restarts has to have it in its own configuration."""


def guide(name: str) -> str:
    """Give one of the guide's files."""
    (found,) = [text for text in snippets(PAGE, "yaml") if text.startswith(f"# {name}\n")]
    return found


def entry(router: str) -> dict[str, Any]:
    """Give one of the guide's routers: its options and its kind."""
    read: dict[str, Any] = YAML(typ="safe", pure=True).load(guide("routers.yaml"))["routers"][router]
    return read


def options(router: str) -> dict[str, Any]:
    """Give the options of one of the guide's routers that are its kind's own."""
    return {name: value for name, value in entry(router).items() if name not in {"kind", "counts"}}


class Counting(Backend):
    """An echoing back end that counts what reached it; a mirror's requests come with a body of their own length."""

    count = 0

    async def _listen(self) -> asyncio.Server:
        def protocol() -> Echo:
            return _Counted(self)

        return await self._loop.create_server(protocol, "127.0.0.1", 0)


class _Counted(Echo):
    def __init__(self, backend: Counting) -> None:
        super().__init__(backend._name, backend._connections)
        self._backend = backend

    def data_received(self, data: bytes) -> None:
        self._backend.count += data.count(b" HTTP/1.1\r\n")
        super().data_received(data)


class TraefikSite:
    """Everything that runs; `port` is where clients come in, `api` the address of its API.

    `provider` is the one whose service the guide's route leads to. One site serves many tests.
    """

    def __init__(self, provider: str, *, throttle: str = THROTTLE, poll: str = "100ms") -> None:
        self.provider = provider
        self._throttle, self._poll = throttle, poll
        self._stack = ExitStack()
        self._ports: dict[str, int] = {}
        self._backends = {name: Counting(name) for name in ("stable", "canary")}

    def __enter__(self) -> Self:
        self._ports |= {name: self._stack.enter_context(each).port for name, each in self._backends.items()}
        self._ports |= {"web": free_port(), "api": free_port()}
        self.redis = RedisServer()
        self._stack.callback(self.redis.close)
        self.redis.start()
        self._start_shelf()
        self.traefik = TraefikServer(self._files(), self.port)
        self._stack.callback(self.traefik.close)
        self.traefik.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def port(self) -> int:
        return self._ports["web"]

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self._ports['api']}"

    def made(self, router: str, **others: Any) -> Any:
        """Make a router of the guide's for it; `others` are options that differ from the guide's."""
        kind = entry(router)["kind"]
        given = options(router) | {"api": [self.api]}
        given |= {"redis": self.redis.url} if kind == "traefik-redis" else {"token_file": str(self.token_file)}
        checked = TypeAdapter(options_of(kind)).validate_python(given | others)
        return build(router, kind, checked, Tools(shelf=self.shelf))

    def count(self, backend: str) -> int:
        """How many requests have reached a back end, those that nobody got an answer for included."""
        return self._backends[backend].count

    def clean(self) -> None:
        """Bring it back to where nothing was told."""
        self.link.heal()
        for server in (self.redis, self.traefik):
            if not server.alive:
                server.start()
        self.redis.empty()
        with open_client(self.redis) as client:
            client.config_set(*NOTICES)
            client.set("traefik/http/middlewares/none/headers/sslProxyHeaders/x", "y")
        self.lay(None)
        eventually(lambda: not self.services(), "a Traefik that was told nothing")

    def lay(self, content: str | None) -> None:
        """Lay something ready as whoever has the database could; None: no services."""
        text = content or '{"http":{"services":{"none":{"weighted":{"services":[{"name":"stable@file","weight":1}]}}}}}'
        self.shelf.put("edge-http", f"by-hand-{time.monotonic_ns()}", text)

    def services(self) -> Mapping[str, Any]:
        """List what Traefik was told, by name."""
        found = json.loads(fetched(self._ports["api"], "/api/http/services?per_page=1000"))
        told = (each for each in found if each["provider"] == self.provider)
        return {each["name"]: each for each in told if not each["name"].startswith("none@")}

    def seen(self, count: int, headers: Callable[[int], dict[str, str]] = lambda _: {}) -> Counter[str]:
        """Send requests one by one over few connections, and count which back end answered."""
        answers = ask_all(self.port, [request("/", headers(number)) for number in range(count)])
        assert {answer.status for answer in answers} == {200}
        return Counter(map(backend, answers))

    def _start_shelf(self) -> None:
        folder = Path(self._stack.enter_context(TemporaryDirectory()))
        self.token_file = folder / "traefik.token"
        self.token_file.write_text(f"{TOKEN}\n")
        self.store = open_store(f"sqlite:///{folder / 'shelf.db'}", chance=random.random, patience_seconds=60.0)
        self._stack.callback(self.store.close)
        upgrade(self.store.engine)
        self.shelf = Shelf(self.store, ["edge-http"], lambda: datetime.now(UTC))
        desk = TraefikDesk(self.shelf.item, {"edge-http": lambda: secret_of(self.token_file)})
        served = self._stack.enter_context(Served(Starlette(routes=[desk.route])))
        self.link = self._stack.enter_context(Link(served.port))
        self._ports["service"] = self.link.port

    def _files(self) -> dict[str, str]:
        places = {
            "traefik.yaml": {
                "127.0.0.1:8081": f"127.0.0.1:{self.port}",
                "127.0.0.1:8090": f"127.0.0.1:{self._ports['api']}",
                "127.0.0.1:6379": f"127.0.0.1:{self.redis.port}",
                "127.0.0.1:8080": f"127.0.0.1:{self._ports['service']}",
                "ThrottleDuration: 100ms": f"ThrottleDuration: {self._throttle}",
                "pollInterval: 1s": f"pollInterval: {self._poll}",
                "CHANGE-ME": TOKEN,
            },
            "dynamic.yaml": {
                "checkout@redis": f"checkout@{self.provider}",
                **{f"127.0.0.1:900{n}": f"127.0.0.1:{self._ports[b]}" for n, b in ((1, "stable"), (2, "canary"))},
            },
        }
        return {name: _replaced(guide(name), replacements) for name, replacements in places.items()}


class TraefikWorld:
    """A site as the suite of routers wants it."""

    steps = STEPS

    def __init__(self, site: TraefikSite, router: str) -> None:
        self.site = site
        self.router = site.made(router)

    def restart(self) -> None:
        self.site.traefik.stop()
        self.site.traefik.start()

    @contextmanager
    def down(self) -> Iterator[None]:
        self.site.traefik.kill()
        try:
            yield
        finally:
            self.site.traefik.start()


def open_client(redis: RedisServer) -> Redis:
    """Connect to a Redis; texts are texts."""
    return Redis(port=redis.port, decode_responses=True)


def fetched(port: int, path: str) -> bytes:
    """Give what an address of loopback answers with 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        text = answer.read()
    finally:
        connection.close()
    assert answer.status == 200, f"{path}: {answer.status}"
    return text


def _replaced(text: str, replacements: Mapping[str, str]) -> str:
    for old, new in replacements.items():
        assert old in text, old
        text = text.replace(old, new)
    return text
