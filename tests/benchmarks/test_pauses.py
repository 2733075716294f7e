"""The sleeper that tells how long the whole machine stood still while something was measured."""

import pytest

from benchmarks.pauses import NAP_SECONDS, Sleeper
from tests.support.timing import eventually


def test_the_longest_of_its_pauses_is_kept() -> None:
    """A clock that goes 10 ms from look to look, but half a second more once."""
    seen: list[float] = []

    def clock() -> float:
        seen.append(len(seen) * NAP_SECONDS + (0.5 if len(seen) >= 3 else 0.0))
        return seen[-1]

    with Sleeper(clock) as sleeper:
        eventually(lambda: len(seen) > 6, "some naps")
    assert sleeper.longest == pytest.approx(0.5)


def test_no_pause_is_seen_where_the_clock_is_as_expected() -> None:
    seen: list[float] = []

    def clock() -> float:
        seen.append(len(seen) * NAP_SECONDS)
        return seen[-1]

    with Sleeper(clock) as sleeper:
        eventually(lambda: len(seen) > 6, "some naps")
    assert sleeper.longest == pytest.approx(0.0, abs=1e-9)
