"""Cooldown and budget: what was rolled back rests, and a storm of rollbacks becomes a standstill with people in it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flagsvc.domain.rollouts.budget import (
    PER_HOUR,
    Rollback,
    cooling,
    cooling_sentence,
    frees_at,
    oldest_that_counts,
    place_name,
    rollback_of,
    spent,
    storm_sentence,
)
from flagsvc.domain.rollouts.plan import Plan, PlanTarget
from flagsvc.domain.rollouts.state import Phase, RolloutState

NOW = 1_800_000_000.0
CHECKOUT = frozenset({"flag/checkout"})
BACK = Rollback(
    environment="production",
    key="checkout-7",
    automatic=True,
    since=NOW - 700,
    ended_at=NOW - 600,
    cooldown_seconds=1800,
    places=CHECKOUT,
)
FLAG = PlanTarget(name="code", kind="flag", key="checkout", candidate="on", baseline="off")
PLAN = Plan(strategy="canary", targets=(FLAG, replace(FLAG, name="beta", rule="beta")), steps=())


def storm(*minutes_ago: float, automatic: bool = True) -> list[Rollback]:
    return [replace(BACK, key=f"r{ago}", since=NOW - ago * 60, automatic=automatic) for ago in minutes_ago]


def test_what_was_rolled_back_rests_for_the_cooldown_of_its_plan() -> None:
    end = NOW + 1200

    assert cooling([BACK], "production", CHECKOUT, NOW) == BACK
    assert cooling([BACK], "production", CHECKOUT, end - 0.1) == BACK
    assert cooling([BACK], "production", CHECKOUT, end) is None


def test_neither_other_places_nor_other_environments_have_to_wait() -> None:
    assert cooling([BACK], "production", {"flag/search", "split/checkout"}, NOW) is None
    assert cooling([BACK], "staging", CHECKOUT, NOW) is None
    assert cooling([BACK], "production", {"flag/search", "flag/checkout"}, NOW) == BACK


def test_who_is_still_on_the_way_back_blocks_its_places_even_without_a_cooldown() -> None:
    going = replace(BACK, key="going", ended_at=0.0, cooldown_seconds=0.0)

    assert cooling([BACK, going], "production", CHECKOUT, NOW) == going
    assert cooling_sentence([going], "production", CHECKOUT, NOW) == (
        "flag/checkout is on its way back: the rollout 'going' moved it."
    )


def test_the_longest_cooldown_counts() -> None:
    later = replace(BACK, key="checkout-8", cooldown_seconds=7200)

    assert cooling([later, BACK], "production", CHECKOUT, NOW) == later
    assert cooling([BACK, later], "production", CHECKOUT, NOW) == later


def test_the_sentence_says_what_until_when_and_because_of_which_rollout() -> None:
    assert cooling_sentence([BACK], "production", CHECKOUT, NOW) == (
        "flag/checkout cools down until 2027-01-15 08:20:00 UTC: the rollout 'checkout-7' was rolled back."
    )
    assert cooling_sentence([], "production", CHECKOUT, NOW) == ""


def test_a_clock_that_is_set_back_lengthens_no_cooldown_beyond_its_length() -> None:
    assert replace(BACK, ended_at=NOW + 3600).cools_until(NOW) == NOW + 1800
    assert spent([replace(BACK, since=NOW + 3600)], NOW) == 1


def test_a_clock_that_is_set_forward_ends_cooldowns_and_frees_the_budget() -> None:
    assert cooling([BACK], "production", CHECKOUT, NOW + 3600) is None
    assert spent(storm(1, 2, 3), NOW + 3600) == 0


def test_only_automatic_rollbacks_of_the_last_hour_are_counted_wherever_they_were() -> None:
    elsewhere = replace(BACK, environment="staging")

    assert spent([*storm(0, 30, 59.99, 60, 61), *storm(5, automatic=False), elsewhere], NOW) == 4


def test_the_budget_is_used_up_by_its_last_rollback_and_not_before() -> None:
    nine = storm(*range(1, PER_HOUR))

    assert storm_sentence(nine, NOW) == ""
    assert storm_sentence([*nine, BACK], NOW) == (
        "10 rollouts were rolled back automatically within an hour, and 10 is the most: "
        "everything stands still until 2027-01-15 08:48:20 UTC, and people have to look."
    )


@given(st.lists(st.floats(0, 70), max_size=20), st.integers(1, 12))
def test_the_budget_has_room_again_exactly_when_it_says(minutes: list[float], per_hour: int) -> None:
    rollbacks = storm(*minutes)
    free = frees_at(rollbacks, NOW, per_hour)

    assert spent(rollbacks, free) < per_hour
    assert free == NOW or spent(rollbacks, free - 0.001) >= per_hour


def test_a_place_is_the_default_or_a_rule_of_a_flag_or_split() -> None:
    assert [place_name(target) for target in PLAN.targets] == ["flag/checkout", "flag/checkout#beta"]


@pytest.mark.parametrize("phase", ["scheduled", "preparing", "moving", "baking", "paused", "succeeded", "aborted"])
def test_who_does_not_go_back_is_no_rollback(phase: Phase) -> None:
    assert rollback_of("production", "r", PLAN, RolloutState(phase=phase, back_since=NOW, ended_at=NOW)) is None


def test_a_rollback_is_read_from_plan_and_state() -> None:
    state = RolloutState(phase="rolled-back", automatic=True, back_since=NOW - 9, ended_at=NOW)

    found = rollback_of("production", "r", PLAN, state)
    on_the_way = rollback_of("production", "r", PLAN, replace(state, phase="rolling-back"))

    assert found == Rollback(
        environment="production",
        key="r",
        automatic=True,
        since=NOW - 9,
        ended_at=NOW,
        cooldown_seconds=1800,
        places=frozenset({"flag/checkout", "flag/checkout#beta"}),
    )
    assert on_the_way is not None
    assert on_the_way.ended_at == 0.0


@given(st.floats(0, 1e5), st.floats(0, 1e5), st.floats(0, 2e5))
def test_nothing_that_counts_is_older_than_what_has_to_be_read(cooldown: float, longest: float, age: float) -> None:
    old = replace(BACK, since=NOW - age, ended_at=NOW - age, cooldown_seconds=min(cooldown, longest))

    if old.ended_at < oldest_that_counts(NOW, longest):
        assert cooling([old], "production", CHECKOUT, NOW) is None
        assert spent([old], NOW) == 0
