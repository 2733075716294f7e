"""Envoys with the example's configuration, an endpoint of the service in this process, and a router that tells them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Self

from flagsvc.domain.routing.records import Node, ShelfItem
from flagsvc.routers.envoy import Envoy, Options
from tests.routers.contract import STEPS, target
from tests.support.control import Control
from tests.support.envoy import EnvoyServer
from tests.support.process import free_port
from tests.support.timing import eventually

NAME = "edge-1"
OPTIONS = Options(backends={"stable": "stable", "canary": "canary"}, silent_seconds=4.0)


class CountingShelf:
    """Passes everything on, and counts what changed something."""

    def __init__(self, control: Control) -> None:
        self._shelf = control.shelf
        self.writes = 0

    def put(self, router: str, version: str, content: str) -> None:
        before = self._shelf.item(router)
        self._shelf.put(router, version, content)
        self.writes += self._shelf.item(router) != before

    def item(self, router: str) -> ShelfItem | None:
        return self._shelf.item(router)

    def nodes(self, router: str) -> Sequence[Node]:
        return self._shelf.nodes(router)


class EnvoyWorld:
    """Some Envoys; `ports` of their clusters where a test sends requests."""

    steps = STEPS

    def __init__(
        self,
        folder: Path,
        options: Options = OPTIONS,
        *,
        example: str = "told.yaml",
        nodes: Sequence[str] = ("envoy-1", "envoy-2"),
        ports: Mapping[str, int] | None = None,
    ) -> None:
        self._stack = ExitStack()
        self.control = self._stack.enter_context(Control(folder, [NAME]))
        self.shelf = CountingShelf(self.control)
        self.options = options
        self.router = Envoy(NAME, options, self.shelf)
        places = {"flagsvc": self.control.port, "stable": 9, "canary": 9, **(ports or {})}
        self.envoys = {node: EnvoyServer(example, places, port=free_port(), node=node) for node in nodes}
        self._by_hand = 0

    def __enter__(self) -> Self:
        with self._stack as stack:
            for envoy in self.envoys.values():
                stack.callback(envoy.close)
                envoy.start()
            self.heard_of(*self.envoys)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def heard_of(self, *nodes: str) -> None:
        """Wait until each of them has asked from now on."""
        before = {node.id: node.seen_at for node in self.shelf.nodes(NAME)}
        for node in nodes:
            eventually(partial(self._asked_since, node, before.get(node, "")), f"a request of {node}")

    def with_options(self, **options: Any) -> Envoy:
        """Make another router over the same shelf."""
        return Envoy(NAME, replace(self.options, **options), self.shelf)

    def by_hand(self, canary: int) -> None:
        self._by_hand += 1
        other = Envoy(NAME, self.options, _Elsewhere(self, f"by-hand-{self._by_hand}"))
        other.apply(target(canary, 77))

    def restart(self) -> None:
        for envoy in self.envoys.values():
            envoy.kill()
            envoy.start()

    @contextmanager
    def down(self) -> Iterator[None]:
        name, envoy = list(self.envoys.items())[-1]
        envoy.kill()
        yield
        envoy.start()
        self.heard_of(name)

    def writes(self) -> int:
        return self.shelf.writes

    def content(self) -> dict[str, object]:
        """Give what lies ready."""
        item = self.shelf.item(NAME)
        assert item is not None
        found: dict[str, object] = json.loads(item.content)
        return found

    def _asked_since(self, node: str, before: str) -> bool:
        return any(known.id == node and known.seen_at > before for known in self.shelf.nodes(NAME))


class _Elsewhere(CountingShelf):
    """Lays what it is given under another version, as somebody who does it by hand."""

    def __init__(self, world: EnvoyWorld, version: str) -> None:
        super().__init__(world.control)
        self._version = version

    def put(self, router: str, version: str, content: str) -> None:
        super().put(router, self._version, content)
