"""The summary of a binding: one look says what is in force, what is not, and what somebody has to do."""

from dataclasses import replace
from typing import Any

import pytest

from flagsvc.domain.routing.share import Share
from flagsvc.domain.routing.state import BindingState, RouterState
from flagsvc.domain.routing.summary import summary_of
from tests.routers.contract import target

EDGES = (RouterState(name="edge-1", standing="applied"), RouterState(name="edge-2", standing="applied"))
STATE = BindingState(phase="applied", desired=target(5_000, 2), settled=target(5_000, 2), routers=EDGES)
SENT_BACK = replace(STATE, desired=target(50_000, 3), cause="edge-1: no answer in time")


def with_edge(state: BindingState, **members: Any) -> BindingState:
    return state.with_router(replace(state.router("edge-1"), **members))


def test_where_all_is_well_it_says_what_is_in_force_and_no_more() -> None:
    assert summary_of(STATE) == "In force: stable 95 %, canary 5 %."


def test_after_a_change_that_was_taken_back_it_says_why() -> None:
    state = replace(STATE, cause="edge-1: no answer in time")

    assert summary_of(state) == (
        "In force: stable 95 %, canary 5 %. The last change was taken back: edge-1: no answer in time."
    )


def test_the_stable_backend_is_named_first() -> None:
    shuffled = replace(target(5_000, 2), weights={"canary": 5_000, "stable": 95_000})

    assert summary_of(replace(STATE, desired=shuffled)) == "In force: stable 95 %, canary 5 %."


def test_before_the_first_target_it_says_so() -> None:
    assert summary_of(BindingState()) == "No router was told anything yet."


def test_on_the_way_it_says_how_many_are_there_and_whether_it_is_late() -> None:
    state = with_edge(replace(STATE, phase="applying", desired=target(50_000, 3)), standing="telling")

    assert summary_of(state) == "On the way to stable 50 %, canary 50 %: 1 of 2 routers have it."
    assert summary_of(replace(state, late=True)).endswith("The deadline has passed.")


def test_on_the_way_back_it_says_where_to_and_why() -> None:
    state = with_edge(replace(SENT_BACK, phase="returning"), standing="waiting")

    assert summary_of(state) == (
        "Going back to stable 95 %, canary 5 %, where 1 of 2 routers are, "
        "because the change could not be told: edge-1: no answer in time."
    )


def test_what_needs_a_person_names_the_command() -> None:
    failed = summary_of(replace(SENT_BACK, phase="failed"))
    paused = summary_of(replace(STATE, phase="paused", cause="edge-1: wanted 5, found 9"))

    assert failed.startswith("The routers are back at stable 95 %, canary 5 %; the split says stable 50 %, canary 50 %")
    assert "edge-1: no answer in time" in failed
    assert "`retry`" in failed
    assert paused.startswith("Wanted: stable 95 %, canary 5 %")
    assert "edge-1: wanted 5, found 9" in paused
    assert "`resume`" in paused


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"reachable": False, "detail": "no connection"}, "edge-1 cannot be read: no connection."),
        ({"standing": "failed", "detail": "no such server"}, "edge-1 refuses: no such server."),
        (
            {"standing": "drifted", "detail": "found 9"},
            "edge-1 was changed by somebody else, and is left alone: found 9.",
        ),
        ({"standing": "telling", "detail": "found 9"}, "edge-1: found 9."),
    ],
)
def test_each_router_in_trouble_is_named_with_what_it_says(members: dict[str, Any], said: str) -> None:
    assert summary_of(with_edge(STATE, **members)) == f"In force: stable 95 %, canary 5 %. {said}"


def test_a_drift_that_paused_it_is_said_once() -> None:
    state = with_edge(replace(STATE, phase="paused", cause="edge-1: found 9"), standing="drifted", detail="found 9")

    assert summary_of(state).count("found 9") == 1


def test_what_the_cause_says_already_is_not_said_again_but_that_it_lasts_is() -> None:
    state = with_edge(replace(SENT_BACK, phase="returning"), reachable=False, detail="no answer in time")

    assert summary_of(state).endswith("could not be told: edge-1: no answer in time. edge-1 cannot be read.")


def test_a_second_router_that_drifted_is_named_beside_the_one_that_paused_it() -> None:
    state = with_edge(replace(STATE, phase="paused", cause="edge-2: found 7"), standing="drifted", detail="found 9")

    assert summary_of(state).endswith("edge-1 was changed by somebody else, and is left alone: found 9.")


def test_traffic_that_splits_otherwise_is_said() -> None:
    shares = {"edge-2": Share(verdict="off", detail="canary: 5 % wanted, 40 % seen"), "edge-1": Share(verdict="ok")}

    assert summary_of(replace(STATE, shares=shares)) == (
        "In force: stable 95 %, canary 5 %. edge-2: the traffic does not split so: canary: 5 % wanted, 40 % seen."
    )
