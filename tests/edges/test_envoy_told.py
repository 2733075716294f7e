"""examples/envoy/told.yaml with edge/envoy/bucket.lua, as they are, told by the router of kind "envoy"."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from flagsvc.domain.routing.observed import Observed
from flagsvc.ports import Router
from flagsvc.routers.envoy import Envoy, Options
from tests.edges.asked import backend
from tests.edges.told import FORCE_HEADER, UNIT_HEADER, UNITS, ToldEdge, cohorts, expected, tell
from tests.routers.contract import brought_to, target
from tests.support.control import Control
from tests.support.edge import Backend
from tests.support.envoy import EnvoyServer
from tests.support.pipeline import ask_all
from tests.support.process import free_port
from tests.support.timing import eventually

pytestmark = pytest.mark.servers

NAME = "edge-1"
FIRST = [bytes([byte]) for byte in (0x41, 0x80, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF)]
FIRST += [bytes([byte, second]) for byte in (0xE0, 0xE1, 0xED, 0xEF) for second in (0x80, 0x9F, 0xA0, 0xBF, 0xC0)]
FIRST += [bytes([byte, second, 0x80]) for byte in (0xF0, 0xF1, 0xF4, 0xF5, 0xFF) for second in (0x8F, 0x90, 0xBF)]
REST = [b"", b"\x7e", b"\x80", b"\xbf", b"\xbfz", b"\xc2\x80"]
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
        if observed and not observed.detail and self._proxy.listens:
            self._proxy.settle()
        return observed


class Site:
    """An Envoy with the example's configuration before two echoing back ends, and the router that tells it."""

    def __init__(self, control: Control, proxy: EnvoyServer) -> None:
        self.router: Router = Settled(control, proxy)
        self.proxy, self.port = proxy, proxy.port


class TestEnvoyTold(ToldEdge):
    @pytest.fixture(scope="class")
    @classmethod
    def site(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
        with ExitStack() as stack:
            yield made(stack, tmp_path_factory.mktemp("told"))

    def test_exactly_what_python_reads_as_utf8_is_a_unit(self, site: Site) -> None:
        tell(site, target(100_000, 1))
        raw = [bytes([*start, *end]) for start in FIRST for end in REST]
        lines = [b"GET / HTTP/1.1\r\nHost: test\r\nX-User-Id: u%b\r\n\r\n" % each for each in raw]

        found = [backend(answer) for answer in ask_all(site.port, lines)]

        assert found == ["canary" if is_utf8(each) else "stable" for each in raw]
        assert set(found) == {"canary", "stable"}

    def test_of_several_units_the_last_one_counts_as_in_the_service(self, site: Site) -> None:
        tell(site, target(50_000, 1))
        units = [("user-1", unit) for unit in UNITS[:50]]
        lines = [
            "GET / HTTP/1.1\r\nHost: test\r\nX-User-Id: {}\r\nX-User-Id: {}\r\n\r\n".format(*pair) for pair in units
        ]

        found = [backend(answer) for answer in ask_all(site.port, [line.encode() for line in lines])]

        assert found == expected(UNITS[:50], target(50_000).allocation)

    def test_a_unit_of_more_than_512_bytes_is_none(self, site: Site) -> None:
        tell(site, target(100_000, 1))

        found = [cohorts(site, [unit]) for unit in ("x" * 512, "x" * 513, "é" * 256, "é" * 257)]

        assert found == [["canary"], ["stable"], ["canary"], ["stable"]]


def is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


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
