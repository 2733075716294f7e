"""examples/envoy/told.yaml with edge/envoy/bucket.lua, as they are, told by the router of kind "envoy"."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from flagsvc.domain.routing.observed import Observed
from flagsvc.routers.envoy import Envoy, Options
from tests.edges.told import FORCE_HEADER, UNIT_HEADER, ToldEdge
from tests.routers.contract import brought_to, target
from tests.support.control import Control
from tests.support.edge import Backend
from tests.support.envoy import EnvoyServer
from tests.support.process import free_port
from tests.support.timing import eventually

pytestmark = pytest.mark.servers

NAME = "edge-1"
OPTIONS = Options(
    backends={"stable": "stable", "canary": "canary"}, unit_header=UNIT_HEADER, preview_header=FORCE_HEADER
)


class Settled(Envoy):
    """Reads back, and lets Envoy's worker take up what it has accepted before a test asks it anything."""

    def __init__(self, control: Control, proxy: EnvoyServer) -> None:
        super().__init__(NAME, OPTIONS, control.shelf)
        self._proxy = proxy

    def observe(self) -> Observed | None:
        observed = super().observe()
        if self._proxy.listens:
            self._proxy.settle()
        return observed


class Site:
    """An Envoy with the example's configuration before two echoing back ends, and the router that tells it."""

    def __init__(self, control: Control, proxy: EnvoyServer) -> None:
        self.router = Settled(control, proxy)
        self.proxy, self.port = proxy, proxy.port


class TestEnvoyTold(ToldEdge):
    @pytest.fixture(scope="class")
    @classmethod
    def site(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
        with ExitStack() as stack:
            yield made(stack, tmp_path_factory.mktemp("told"))


def made(stack: ExitStack, folder: Path) -> Site:
    """Start everything; the first route table opens the port."""
    control = stack.enter_context(Control(folder, [NAME]))
    backends = {name: stack.enter_context(Backend(name)).port for name in ("stable", "canary")}
    proxy = EnvoyServer("told.yaml", {"flagsvc": control.port, **backends}, port=free_port())
    stack.callback(proxy.close)
    proxy.start()
    site = Site(control, proxy)
    eventually(lambda: control.shelf.nodes(NAME), "the Envoy's first request")
    brought_to(site.router, target(0))
    eventually(lambda: proxy.listens, "the port, open")
    return site
