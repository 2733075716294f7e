"""examples/nginx/weights.conf, as it is: an unmodified nginx has the cohorts that the SDK has."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from flagsdk.core.allocation import WHOLE, Table, initial, reweigh
from flagsdk.core.hashing import hash_of
from flagsvc.domain.routing.target import Target
from tests.edges.asked import FORGED, backend, received
from tests.edges.told import FORCE_HEADER, ODD_UNITS, STEPS, UNIT_HEADER, UNITS, changed_under_load, cohorts
from tests.routers.contract import SALT
from tests.routers.test_nginx_split_clients import shared
from tests.support.murmur2 import unit_of_word
from tests.support.pipeline import ask_all, request
from tests.support.told_nginx import Site

pytestmark = pytest.mark.servers

SPACE = 10_000
HIGHEST = 2**32 - 1
SCATTERED: Table = (("canary", 0, 300), ("stable", 300, 5_000), ("canary", 5_000, 5_200), ("stable", 5_200, SPACE))
FINE: Table = tuple((("canary", "stable")[n % 2], n * 101, min((n + 1) * 101, SPACE)) for n in range(100))
"""A hundred ranges of odd lengths: bounds that a sum of parts, each rounded down, would miss."""


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with Site("nginx-split-clients") as site:
        yield site


def expected(units: list[str], table: Table, salt: str = SALT) -> list[str]:
    bucket = hash_of("nginx-murmur2", salt)
    return [next(owner for owner, start, end in table if start <= bucket(unit) < end) for unit in units]


def walked(steps: tuple[int, ...]) -> list[Target]:
    """Make the targets of a walk, each table made from the one before, as the service does."""
    table = initial({"stable": WHOLE, "canary": 0}, SPACE)
    targets = []
    for number, canary in enumerate(steps):
        table = reweigh(table, {"stable": WHOLE - canary, "canary": canary}, SPACE, "stable")
        ordered = tuple(sorted(table, key=lambda entry: entry[1]))
        targets.append(replace(shared(canary, number), allocation=ordered))
    return targets


def test_two_passes_over_ten_thousand_units_are_equal_and_are_the_sdk_s(site: Site) -> None:
    site.tell(replace(shared(5_000), allocation=SCATTERED))

    first, second = cohorts(site, UNITS), cohorts(site, UNITS)

    assert first == second == expected(UNITS, SCATTERED)


def test_units_on_both_sides_of_every_bound_are_where_the_sdk_puts_them(site: Site) -> None:
    weights = {"canary": 50_500, "stable": 49_500}
    site.tell(replace(shared(50_000), allocation=FINE, weights=weights))
    bounds = [end * HIGHEST // SPACE for _, _, end in FINE]
    words = sorted({word for bound in bounds for word in (bound - 1, bound, bound + 1) if word <= HIGHEST} | {0, 1})
    units = [unit_of_word(SALT, word) for word in words]

    assert cohorts(site, units) == expected(units, FINE)


def test_odd_units_and_salts_are_where_the_sdk_puts_them(site: Site) -> None:
    for salt in (SALT, 'a$b"c\\d{e};f', "Ünit"):
        wanted = replace(shared(50_000), salt=salt)
        site.tell(wanted)

        assert cohorts(site, ODD_UNITS) == expected(list(ODD_UNITS), wanted.allocation, salt)


def test_units_join_on_the_way_up_and_leave_on_the_way_down_and_nobody_else_moves(site: Site) -> None:
    units = UNITS[:1_000]
    before: list[str] | None = None
    for step, wanted in enumerate(walked(STEPS)):
        site.tell(wanted)
        now = cohorts(site, units)
        assert now == expected(units, wanted.allocation)
        if before is not None:
            moved = {(was, is_) for was, is_ in zip(before, now, strict=True) if was != is_}
            assert len(moved) <= 1, f"step {step}: {moved}"
        before = now


def test_units_that_are_listed_go_where_the_list_says_and_case_counts(site: Site) -> None:
    site.tell(replace(shared(0), forced={"vip-1": "canary", "a,b": "canary", "Ünit.7": "canary", "x|y": "canary"}))

    units = ["vip-1", "VIP-1", "vip-12", "a,b", "Ünit.7", "Ünit-7", "x", "x|y"]

    assert [unit for unit, at in zip(units, cohorts(site, units), strict=True) if at == "canary"] == [
        "vip-1",
        "a,b",
        "Ünit.7",
        "x|y",
    ]


@pytest.mark.parametrize("value", [None, b"", b" ", b"\xff\xfe", b"a\xc3", b"\xed\xa0\x80", b"\xc0\xaf"], ids=repr)
def test_without_a_unit_in_utf8_the_request_is_stable(site: Site, value: bytes | None) -> None:
    site.tell(shared(WHOLE))
    header = b"" if value is None else b"X-User-Id: " + value + b"\r\n"

    (answer,) = ask_all(site.port, [b"GET / HTTP/1.1\r\nHost: test\r\n" + header + b"\r\n"])

    assert (answer.status, backend(answer)) == (200, "stable")


def test_a_preview_header_names_the_backend_outright(site: Site) -> None:
    site.tell(shared(0))
    wishes = ["canary", "nowhere", "stable"]

    answers = ask_all(site.port, [request("/", {UNIT_HEADER: "user-1", FORCE_HEADER: wish}) for wish in wishes])

    assert [backend(answer) for answer in answers] == ["canary", "stable", "stable"]


@pytest.mark.parametrize("canary", [0, WHOLE])
def test_a_forged_cohort_never_reaches_a_backend(site: Site, canary: int) -> None:
    site.tell(shared(canary))
    cohort = "canary" if canary else "stable"

    answers = ask_all(site.port, [request("/", {UNIT_HEADER: "user-42", **forged}) for forged in FORGED])

    assert [(backend(answer), received(answer)) for answer in answers] == [
        (cohort, [("X-Cohort", cohort)]) for _ in FORGED
    ]


def test_shares_are_really_seen_and_no_request_is_lost_while_they_change(site: Site) -> None:
    seen: list[int] = []

    def walk() -> None:
        for wanted in walked((0, 5_000, 25_000, 50_000, 100_000, 0)):
            site.tell(wanted)
            seen.append(cohorts(site, UNITS[:500]).count("canary"))
            assert seen[-1] == expected(UNITS[:500], wanted.allocation).count("canary")

    assert changed_under_load(site.port, walk) == []
    assert (seen[0], seen[4], seen[5]) == (0, 500, 0)
    assert 0 < seen[1] < seen[2] < seen[3] < 500
