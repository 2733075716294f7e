"""What every edge that decides by itself must do: our hash, the very table, no request to the service.

A test module of a proxy subclasses `ToldEdge` (its name begins with Test) and gives the class-scoped fixture `site`.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import pytest

from flagsdk.core.allocation import WHOLE, Table, initial, reweigh
from flagsdk.core.hashing import hash_of
from flagsvc.domain.routing.target import Target
from flagsvc.ports import Router
from tests.edges.asked import FORGED, backend, received
from tests.routers.contract import SALT, agrees, target
from tests.support.pipeline import ask_all, request
from tests.support.timing import eventually

UNITS = [f"user-{number}" for number in range(10_000)]
ODD_UNITS = ("a,b", "a, b", "Ünit, 7", "日本", "x" * 512, "a;b=c", "a%20b", '"quoted"', "a:b", "k=v&x", "~", "0", "-")
STEPS = (0, 5_000, 10_000, 25_000, 50_000, 100_000, 25_000, 10_000, 5_000, 0)
SCATTERED: Table = (
    ("canary", 0, 3_000),
    ("stable", 3_000, 50_000),
    ("canary", 50_000, 52_000),
    ("stable", 52_000, WHOLE),
)
"""An allocation of four ranges, 5 % for the canary."""
UNIT_HEADER, FORCE_HEADER = "X-User-Id", "X-Force-Cohort"


class Site(Protocol):
    """A proxy with the example's configuration before two echoing back ends, and the router that tells it."""

    port: int
    router: Router


def tell(site: Site, wanted: Target) -> None:
    """Bring the edge to a target, and wait until it reads back and decides so."""
    site.router.apply(wanted)
    eventually(lambda: agrees(site.router, wanted), f"{wanted.weights} at the edge")


def cohorts(site: Site, units: Sequence[str]) -> list[str]:
    """Ask once per unit; every request has to be answered with 200."""
    answers = ask_all(site.port, [request("/", {UNIT_HEADER: unit}) for unit in units])
    assert {answer.status for answer in answers} == {200}
    assert all(("X-Cohort", backend(answer)) in received(answer) for answer in answers)
    return [backend(answer) for answer in answers]


def expected(units: Sequence[str], table: Table, salt: str = SALT) -> list[str]:
    """Where the SDK's own hash puts them."""
    bucket = hash_of("murmur3", salt)
    return [next(owner for owner, start, end in table if start <= bucket(unit) < end) for unit in units]


def grown(steps: Sequence[int]) -> list[Target]:
    """Make the targets of a walk, each table made from the one before, as the service does."""
    table = initial({"stable": WHOLE, "canary": 0})
    targets = []
    for number, canary in enumerate(steps):
        table = reweigh(table, {"stable": WHOLE - canary, "canary": canary})
        targets.append(target(canary, number, table))
    return targets


class ToldEdge:
    """0 of 10,000 units differ from the SDK; nobody moves who need not; nothing forged gets through."""

    def test_two_passes_over_ten_thousand_units_are_equal_and_are_the_sdk_s(self, site: Site) -> None:
        tell(site, target(5_000, 1, SCATTERED))

        first, second = cohorts(site, UNITS), cohorts(site, UNITS)

        assert first == second == expected(UNITS, SCATTERED)

    def test_units_join_on_the_way_up_and_leave_on_the_way_down_and_nobody_else_moves(self, site: Site) -> None:
        units = UNITS[:1_000]
        before: list[str] | None = None
        for step, wanted in enumerate(grown(STEPS)):
            tell(site, wanted)
            now = cohorts(site, units)
            assert now == expected(units, wanted.allocation)
            if before is not None:
                moved = {(was, is_) for was, is_ in zip(before, now, strict=True) if was != is_}
                assert len(moved) <= 1, f"step {step}: {moved}"
            before = now

    def test_odd_units_are_where_the_sdk_puts_them(self, site: Site) -> None:
        tell(site, target(50_000, 1))

        assert cohorts(site, ODD_UNITS) == expected(ODD_UNITS, target(50_000).allocation)

    def test_another_salt_is_another_draw(self, site: Site) -> None:
        wanted = target(50_000, 1)
        other = Target(
            split=wanted.split,
            revision="epoch.99",
            stable="stable",
            weights=wanted.weights,
            salt="another_Salt-9",
            allocation=wanted.allocation,
        )
        tell(site, other)

        assert cohorts(site, UNITS[:1_000]) == expected(UNITS[:1_000], wanted.allocation, "another_Salt-9")

    @pytest.mark.parametrize("headers", [{}, {UNIT_HEADER: ""}, {UNIT_HEADER: " "}], ids=["missing", "empty", "blank"])
    def test_without_a_unit_the_request_is_stable(self, site: Site, headers: dict[str, str]) -> None:
        tell(site, target(100_000, 1))

        assert _sent(site, headers) == ("stable", [("X-Cohort", "stable")])

    def test_a_unit_that_is_not_utf8_is_no_unit(self, site: Site) -> None:
        tell(site, target(100_000, 1))
        raw = b"GET / HTTP/1.1\r\nHost: test\r\nX-User-Id: \xff\xfe\r\n\r\n"

        (answer,) = ask_all(site.port, [raw])

        assert (answer.status, backend(answer)) == (200, "stable")

    def test_units_that_are_listed_go_where_the_list_says(self, site: Site) -> None:
        wanted = target(0, 1)
        listed = Target(
            split=wanted.split,
            revision="epoch.98",
            stable="stable",
            weights=wanted.weights,
            salt=SALT,
            allocation=wanted.allocation,
            forced={"vip-1": "canary", "a,b": "canary"},
        )
        tell(site, listed)

        assert cohorts(site, ["vip-1", "vip-2", "a,b"]) == ["canary", "stable", "canary"]

    def test_a_preview_header_names_the_backend_outright(self, site: Site) -> None:
        tell(site, target(0, 1))

        assert _sent(site, {UNIT_HEADER: "user-1", FORCE_HEADER: "canary"})[0] == "canary"
        assert _sent(site, {UNIT_HEADER: "user-1", FORCE_HEADER: "nowhere"})[0] == "stable"

    @pytest.mark.parametrize("forged", FORGED, ids=",".join)
    @pytest.mark.parametrize("canary", [0, 100_000])
    def test_a_forged_cohort_never_reaches_a_backend(self, site: Site, forged: dict[str, str], canary: int) -> None:
        tell(site, target(canary, 1))
        cohort = "canary" if canary else "stable"

        assert _sent(site, {UNIT_HEADER: "user-42", **forged}) == (cohort, [("X-Cohort", cohort)])

    def test_no_request_is_lost_while_the_table_changes(self, site: Site) -> None:
        tell(site, target(0, 1))

        def walk() -> None:
            for wanted in grown(STEPS):
                tell(site, wanted)

        assert changed_under_load(site.port, walk) == []


def _sent(site: Site, headers: Mapping[str, str]) -> tuple[str, list[tuple[str, str]]]:
    (answer,) = ask_all(site.port, [request("/", headers)])
    assert answer.status == 200
    return backend(answer), received(answer)


def changed_under_load(port: int, change: Callable[[], object], *, retries: int = 1) -> list[str]:
    """Send requests from four threads, one connection each time a handful, while `change` runs; give what failed.

    An idempotent request whose connection was closed before an answer is sent again `retries` times, as clients do.
    """
    failures: list[str] = []
    ended = threading.Event()

    def load(thread: int) -> None:
        number = 0
        while not ended.is_set():
            number += 1
            batch = [request("/", {UNIT_HEADER: f"user-{thread}-{number}-{n}"}) for n in range(20)]
            failures.extend(_failures(port, batch, retries))
            time.sleep(0.002)

    threads = [threading.Thread(target=load, args=(thread,)) for thread in range(4)]
    for thread in threads:
        thread.start()
    try:
        change()
    finally:
        ended.set()
        for thread in threads:
            thread.join()
    return failures


def _failures(port: int, batch: Sequence[bytes], retries: int) -> list[str]:
    try:
        return [str(answer.status) for answer in ask_all(port, batch) if answer.status != 200]
    except (OSError, EOFError, ExceptionGroup) as error:
        return _failures(port, batch, retries - 1) if retries else [repr(error)]
