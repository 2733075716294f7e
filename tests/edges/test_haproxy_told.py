"""examples/haproxy/told.cfg with the edge module, told by the router haproxy-map."""

import csv
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace

import pytest

from flagsdk.core.allocation import WHOLE
from flagsdk.core.hashing import bucket_of
from flagsvc.domain.routing.target import Target
from flagsvc.ports import Router
from flagsvc.routers.haproxy_map import HaproxyMap, Options
from tests.edges.asked import FORGED, backend, received
from tests.edges.told import SCATTERED, UNIT_HEADER, UNITS, ToldEdge, cohorts, expected, tell
from tests.routers.contract import target
from tests.support import haproxy
from tests.support.edge import Edge
from tests.support.pipeline import ask_all, request
from tests.support.tree import ROOT

pytestmark = pytest.mark.servers

VECTORS = ROOT / "tests" / "conformance" / "vectors" / "native_murmur3.csv"


@dataclass
class Site:
    """HAProxy before two echoing back ends, and the router that tells it."""

    port: int
    router: Router
    server: haproxy.HaproxyServer


class TestHaproxyTold(ToldEdge):
    @pytest.fixture(scope="class")
    @classmethod
    def site(cls) -> Iterator[Site]:
        with ExitStack() as stack:
            edge = stack.enter_context(Edge([], make=haproxy.told))
            assert isinstance(edge.proxy, haproxy.HaproxyServer)
            yield Site(edge.port, router_of(edge.proxy), edge.proxy)

    def test_before_it_was_told_anything_everybody_is_stable_whatever_they_forge(self) -> None:
        with Edge([], make=haproxy.told) as edge:
            answers = ask_all(edge.port, [request("/", {UNIT_HEADER: "user-1", **forged}) for forged in ({}, *FORGED)])

        assert {(answer.status, backend(answer)) for answer in answers} == {(200, "stable")}
        assert [received(answer) for answer in answers] == [[("X-Cohort", "stable")]] * len(answers)

    def test_salts_and_units_of_any_text_are_where_the_sdk_puts_them(self, site: Site) -> None:
        """Every vector whose unit can travel in a header, with its own salt; half of them are the canary's."""
        with VECTORS.open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.DictReader(file) if travels(row["unit"])]
        for salt in sorted({row["salt"] for row in rows}):
            mine = [row for row in rows if row["salt"] == salt]
            cut = sorted(int(row["bucket_0_99999"]) for row in mine)[len(mine) // 2]
            tell(site, _halved(salt, cut))
            where = cohorts(site, [row["unit"] for row in mine])
            assert where == ["canary" if int(row["bucket_0_99999"]) < cut else "stable" for row in mine]
        assert len(rows) > 250

    @pytest.mark.parametrize("raw", [b"\xed\xa0\x80", b"\xc0\xaf", b"\xf4\x90\x80\x80", b"a\xe2\x82", b"x" * 513])
    def test_bytes_that_are_no_unit_are_stable(self, site: Site, raw: bytes) -> None:
        tell(site, target(WHOLE))

        (answer,) = ask_all(site.port, [b"GET / HTTP/1.1\r\nHost: test\r\nX-User-Id: " + raw + b"\r\n\r\n"])

        assert (answer.status, backend(answer)) == (200, "stable")

    def test_ten_thousand_listed_units_are_told_and_read_back(self, site: Site) -> None:
        listed = {f"vip {number}, Ü": "canary" for number in range(10_000)}
        tell(site, replace(target(0), forced=listed))

        assert set(cohorts(site, list(listed)[::10])) == {"canary"}
        tell(site, target(0))
        assert set(cohorts(site, list(listed)[::10])) == {"stable"}

    def test_a_restart_and_a_reload_keep_the_table(self, site: Site) -> None:
        tell(site, target(5_000, 1, SCATTERED))

        site.server.reload()
        assert cohorts(site, UNITS[:500]) == expected(UNITS[:500], SCATTERED)

        site.server.kill()
        site.server.start()
        assert cohorts(site, UNITS[:500]) == expected(UNITS[:500], SCATTERED)

    def test_no_request_sees_the_new_salt_with_the_old_table(self, site: Site) -> None:
        """Both states send these units to one side, and every mixture of the two sends them to the other."""
        first = replace(target(50_000, 1), salt="one", allocation=(("canary", 0, 50_000), ("stable", 50_000, WHOLE)))
        second = replace(target(50_000, 2), salt="two", allocation=(("stable", 0, 50_000), ("canary", 50_000, WHOLE)))
        sides = {unit: "canary" for unit in UNITS if bucket_of("one", unit) < 50_000 <= bucket_of("two", unit)}
        sides |= {unit: "stable" for unit in UNITS if bucket_of("one", unit) >= 50_000 > bucket_of("two", unit)}
        units = sorted(sides)[:500]
        tell(site, first)
        seen, ended = list[bool](), threading.Event()

        def load() -> None:
            while not ended.is_set():
                seen.extend(cohort == sides[unit] for unit, cohort in zip(units, cohorts(site, units), strict=True))

        threads = [threading.Thread(target=load) for _ in range(2)]
        for thread in threads:
            thread.start()
        try:
            for number in range(60):
                tell(site, replace(first if number % 2 else second, revision=f"epoch.{number}", forced=_noise(number)))
        finally:
            ended.set()
            for thread in threads:
                thread.join()

        assert len(seen) > 3_000
        assert seen.count(False) == 0


def router_of(server: haproxy.HaproxyServer) -> HaproxyMap:
    """Make the router for a server of `haproxy.told`."""
    backends = {"stable": "stable", "canary": "canary"}
    folder = server.folder / "maps"
    return HaproxyMap(Options(nodes=(server.socket,), maps="maps/checkout", folder=folder, backends=backends))


def travels(unit: str) -> bool:
    """Whether a header can carry it unchanged, and the edge takes it for a unit."""
    return unit == unit.strip() and 0 < len(unit.encode()) <= 512 and all(ord(letter) >= 32 for letter in unit)


def _halved(salt: str, cut: int) -> Target:
    table = (("canary", 0, cut), ("stable", cut, WHOLE))
    return replace(target(0), salt=salt, allocation=table, weights={"canary": cut, "stable": WHOLE - cut})


def _noise(number: int) -> dict[str, str]:
    """List another unit each time, so that each table is a new one and both maps are replaced."""
    return {f"nobody-{number}": "canary"}
