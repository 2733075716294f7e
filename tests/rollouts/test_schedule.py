"""Starts at a time: once each, late rather than never, whatever the clock does meanwhile."""

from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flagsvc.domain.rollouts.schedule import LONGEST_SLEEP_SECONDS, is_due, occurrence_of, sleep_seconds
from flagsvc.domain.rollouts.state import Phase, RolloutState

EIGHT = 1_795_766_400.0
HOUR = 3600.0
SCHEDULED = RolloutState(phase="scheduled", start_at=EIGHT)


def walk(state: RolloutState, clock: Iterable[float]) -> list[str]:
    """Look at the clock again and again, as the loop does; what is due leaves its phase, in one compare-and-set."""
    started = []
    for now in clock:
        if is_due(state, now):
            started.append(occurrence_of("production", "checkout-7", state.start_at))
            state = replace(state, phase="preparing", since=now)
    return started


def test_a_start_is_due_from_its_time_on() -> None:
    assert [is_due(SCHEDULED, now) for now in (EIGHT - 0.001, EIGHT, EIGHT + HOUR)] == [False, True, True]


def test_a_time_in_the_past_and_none_at_all_start_at_once() -> None:
    assert is_due(replace(SCHEDULED, start_at=EIGHT - 1e6), EIGHT)
    assert is_due(replace(SCHEDULED, start_at=0.0), EIGHT)


@pytest.mark.parametrize("phase", ["preparing", "moving", "baking", "paused", "succeeded", "rolled-back", "aborted"])
def test_what_has_started_is_never_due_again(phase: Phase) -> None:
    assert not is_due(replace(SCHEDULED, phase=phase), EIGHT + HOUR)
    assert sleep_seconds(replace(SCHEDULED, phase=phase), EIGHT - HOUR) == 0.0


def test_a_clock_set_back_an_hour_after_the_start_does_not_start_it_again() -> None:
    clock = [EIGHT - 1, EIGHT, EIGHT + 1, EIGHT + 1 - HOUR, EIGHT - 1, EIGHT, EIGHT + 1]

    assert walk(SCHEDULED, clock) == ["production/checkout-7@2026-11-27T08:00:00.000000Z"]


def test_a_clock_set_forward_over_the_time_starts_it_late_and_does_not_lose_it() -> None:
    assert len(walk(SCHEDULED, [EIGHT - 1, EIGHT - 1 + HOUR])) == 1


@given(st.lists(st.floats(-2 * HOUR, 2 * HOUR), max_size=30), st.lists(st.floats(-HOUR, HOUR), max_size=30))
def test_however_the_clock_jumps_a_start_happens_once_and_never_early(times: list[float], jumps: list[float]) -> None:
    clock = [EIGHT + time + jump for time, jump in zip(times, [*jumps, *[0.0] * 30], strict=False)]

    started = walk(SCHEDULED, clock)

    assert len(started) == any(now >= EIGHT for now in clock)


def test_nobody_sleeps_over_a_clock_that_is_set_forward() -> None:
    assert sleep_seconds(SCHEDULED, EIGHT - HOUR) == LONGEST_SLEEP_SECONDS
    assert sleep_seconds(SCHEDULED, EIGHT - 2) == 2.0
    assert sleep_seconds(SCHEDULED, EIGHT + HOUR) == 0.0


def test_each_planned_start_has_a_name_of_its_own() -> None:
    names = {
        occurrence_of(environment, key, at)
        for environment in ("staging", "production")
        for key in ("a", "b")
        for at in (0.0, EIGHT, EIGHT + 0.000001)
    }

    assert len(names) == 12
    assert "staging/a@once" in names
