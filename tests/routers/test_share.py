"""The share really seen: exact where requests are drawn anew, a wide band where units are sticky."""

import math
import random
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flagsvc.domain.routing.capabilities import Capabilities
from flagsvc.domain.routing.share import DRAIN_SECONDS, Share, contradicts, evidence, judged, watched
from tests.routers.contract import target

DRAWN = Capabilities(granularity=100)
STICKY = Capabilities(granularity=100, sticky="cohort")
SEED = 20261125


def share(stable: int, canary: int, seconds: float = 120.0) -> tuple[Share, float]:
    return Share(goal="g", since=0.0, counted={"stable": stable, "canary": canary}, last={}), seconds


def verdict(stable: int, canary: int, wanted: int, able: Capabilities = DRAWN) -> str:
    seen, now = share(stable, canary)
    return judged(seen, target(wanted), able, now).verdict


def test_what_was_wanted_and_what_was_seen_are_said_in_words() -> None:
    seen, now = share(754, 246)

    told = judged(seen, target(25_000), DRAWN, now)

    assert told.verdict == "ok"
    assert told.detail == "canary: 25 % wanted, 24.6 % seen; stable: 75 % wanted, 75.4 % seen (1000 requests)"


@pytest.mark.parametrize(
    ("stable", "canary", "wanted", "expected"),
    [
        (750, 250, 25_000, "ok"),
        (950, 50, 25_000, "off"),
        (500, 500, 25_000, "off"),
        (40, 10, 25_000, "unknown"),
        (1000, 0, 0, "ok"),
        (1000, 1, 0, "off"),
        (0, 1000, 100_000, "ok"),
        (1, 1000, 100_000, "off"),
        (1000, 0, 5_000, "off"),
    ],
)
def test_requests_that_are_drawn_anew_are_tested(stable: int, canary: int, wanted: int, expected: str) -> None:
    assert verdict(stable, canary, wanted) == expected


@pytest.mark.parametrize(
    ("stable", "canary", "wanted", "expected"),
    [
        (8500, 1500, 25_000, "ok"),  # bursts of some users, and no reason for an alarm
        (9000, 1000, 25_000, "off"),
        (4000, 6000, 25_000, "off"),
        (100, 900, 75_000, "off"),
        (500, 100, 25_000, "unknown"),
        (9999, 1, 0, "off"),
    ],
)
def test_requests_of_sticky_units_have_a_wide_band(stable: int, canary: int, wanted: int, expected: str) -> None:
    assert verdict(stable, canary, wanted, STICKY) == expected


def test_the_band_waits_for_its_window() -> None:
    seen, _ = share(9000, 1000)

    assert judged(seen, target(25_000), STICKY, 59.0).verdict == "unknown"


@given(hits=st.integers(0, 500), misses=st.integers(0, 500), wanted=st.floats(0.001, 0.999))
def test_the_evidence_is_the_ratio_of_the_mixture_to_the_binomial(hits: int, misses: int, wanted: float) -> None:
    total = hits + misses
    mixture = -math.log(total + 1) - math.log(math.comb(total, hits))  # B(1+x, 1+y) = 1 / ((n+1) C(n, x))
    null = hits * math.log(wanted) + misses * math.log1p(-wanted)

    assert evidence(hits, misses, wanted) == pytest.approx(mixture - null, abs=1e-6)


def test_healthy_splits_raise_no_more_alarms_than_promised_however_often_one_looks() -> None:
    chance, alarms, runs = random.Random(SEED), 0, 400  # noqa: S311  # a simulation
    for _ in range(runs):
        hits = 0
        for number in range(1, 801):
            hits += chance.random() < 0.05
            if contradicts(hits, number - hits, 0.05):
                alarms += 1
                break

    assert alarms <= 3  # 0.4 expected at most


def test_a_share_that_is_twice_as_large_is_noticed_within_a_thousand() -> None:
    chance, noticed = random.Random(SEED), []  # noqa: S311  # likewise
    for _ in range(60):
        hits = number = 0
        while not contradicts(hits, number - hits, 0.05):
            number += 1
            hits += chance.random() < 0.10
        noticed.append(number)

    assert 250 < sorted(noticed)[30] < 700  # 446 in a published simulation of the same test


def walk(*readings: tuple[float, Mapping[str, int]], applied_at: float = 0.0) -> Share:
    seen = Share()
    for now, raw in readings:
        seen = watched(seen, "g", raw, applied_at, now, DRAIN_SECONDS)
    return seen


def test_only_what_was_counted_since_is_counted() -> None:
    seen = walk((20, {"stable": 1000, "canary": 500}), (25, {"stable": 1075, "canary": 525}))

    assert seen.counted == {"stable": 75, "canary": 25}


def test_a_restart_of_the_counter_loses_nothing_that_is_there() -> None:
    seen = walk((20, {"stable": 1000}), (25, {"stable": 1010}), (30, {"stable": 5, "canary": 2}))

    assert seen.counted == {"stable": 15, "canary": 2}


def test_what_arrives_while_the_router_follows_is_left_out() -> None:
    seen = walk((1, {"canary": 10}), (9, {"canary": 20}), (11, {"canary": 20}), (12, {"canary": 21}))

    assert seen.counted == {"canary": 1}


def test_a_new_goal_begins_anew() -> None:
    seen = walk((20, {"canary": 10}), (25, {"canary": 20}))

    assert watched(seen, "other", {"canary": 30}, 0.0, 30.0, DRAIN_SECONDS).counted == {}
