"""What people are told when a rollout moves."""

from dataclasses import replace

import pytest

from flagsvc.domain.rollouts.events import NOTES, Note
from flagsvc.domain.rollouts.notice import Notice
from flagsvc.domain.rollouts.records import LogEntry
from flagsvc.domain.rollouts.telling import notice_of
from tests.rollouts.test_machine import baking, measure
from tests.rollouts.worlds import World, canary, judged

AT = "2026-03-01T12:00:00.000000Z"
ENTRY = LogEntry("production", "checkout-2", 7, AT, "baking", "{}", "[]", "[]")
DEPLOYMENT = {"version": "2.4.0", "commit": "4bf92f3", "deployer": "ada", "url": "https://ci.example/812", "x": "y"}


def told(world: World, *notes: Note) -> Notice:
    notice = notice_of(ENTRY, world.plan, world.state, notes, DEPLOYMENT)
    assert notice
    return notice


def test_a_transition_of_which_nothing_was_noted_is_told_to_nobody() -> None:
    world = baking(canary())

    assert notice_of(ENTRY, world.plan, world.state, (), DEPLOYMENT) is None


def test_a_notice_is_named_by_the_entry_of_the_log_and_has_the_facts() -> None:
    world = baking(canary(), steps=2)

    notice = told(world, Note("step", "50 %"))

    assert notice == Notice(
        environment="production",
        rollout="checkout-2",
        number=7,
        kind="step",
        urgency="info",
        summary="a step began: 50 %",
        at=AT,
        facts={
            "now": notice.facts["now"],
            "step": "2 of 3, 50 %",
            "version": "2.4.0",
            "commit": "4bf92f3",
            "deployed by": "ada",
            "more at": "https://ci.example/812",
        },
    )
    assert notice.facts["now"].startswith("Step 2 of 3 (50 %): holds until")


def test_several_notes_are_one_notice_as_urgent_as_the_most_urgent() -> None:
    world = baking(canary())

    notice = told(world, Note("gate-failed", "smoke"), Note("rolling-back", "the gate failed"), Note("late", "x"))

    assert (notice.kind, notice.urgency) == ("rolling-back", "page")
    assert notice.summary == (
        "a gate failed: smoke; everything goes back to what it was: the gate failed; "
        "the way back takes too long; it goes on: x"
    )


def test_on_the_way_back_people_hear_who_was_hit() -> None:
    world = baking(canary(analysis=judged()))
    assert "blast radius" not in told(world, Note("applied", "")).facts

    measure(world, bad=500.0, windows=4)

    assert world.state.phase == "rolling-back"
    notice = told(world, *world.notes[-2:])
    assert "more failures than the baseline would have had" in notice.facts["blast radius"]


def test_before_the_first_step_there_is_no_step() -> None:
    world = World(canary())

    assert "step" not in told(world, Note("started", "canary")).facts
    assert "step" not in told(replace(world), Note("aborted", "")).facts


@pytest.mark.parametrize("kind", sorted(NOTES))
def test_whatever_is_noted_can_be_told(kind: str) -> None:
    notice = told(baking(canary()), Note(kind, ""))

    assert (notice.kind, notice.urgency, notice.summary) == (kind, NOTES[kind].urgency, NOTES[kind].text)


def test_the_cause_of_a_way_back_is_said_once() -> None:
    reason = "errors: too many"

    notice = told(baking(canary()), Note("verdict", f"unhealthy: {reason}"), Note("rolling-back", reason))

    assert notice.summary == "everything goes back to what it was: errors: too many"
