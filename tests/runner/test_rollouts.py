"""The loop of rollouts against what can happen between two of its calls: nothing is doubled or left out."""

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from flagsvc.domain.analysis.measurement import Arm, Measurement
from flagsvc.domain.analysis.spec import Metric
from flagsvc.domain.errors import RolloutActive, WrongPhase
from flagsvc.domain.records import Ref
from flagsvc.domain.rollouts.records import LogEntry
from flagsvc.outbound.hooks import Question
from flagsvc.usecases import reverts, rollouts
from flagsvc.usecases.reading import members_of
from flagsvc.usecases.writing import Plan, edit_of, settle
from tests.runner.driving import HOOK, Driven, Flaky, Gate, Outside, steps, stolen, target
from tests.usecases.world import World, split

ONE = Ref("prod", "rollout", "one")


@contextmanager
def driven(world: World, **members: Any) -> Iterator[Driven]:
    made = Driven(world, **members)
    world.split()
    try:
        yield made
    finally:
        made.close()


class Source:
    """A metric source that says the same in every window: of a thousand requests so many were bad."""

    def __init__(self, bad: float) -> None:
        self._bad = bad

    def check(self, metric: Metric) -> Sequence[str]:
        return ()

    def measure(self, metric: Metric, start: float, end: float) -> Measurement:
        good, seen = Arm(events=1000, bad=10), Arm(events=1000, bad=self._bad)
        return Measurement(metric=metric.name, start=start, end=end, baseline=good, candidate=seen)

    def settled_seconds(self) -> float:
        return 0.0


ANALYSIS = {
    "metrics": [{"name": "errors", "kind": "errors", "source": "own"}],
    "every": "1s",
    "warmup": "0s",
    "advanceWhen": "no_alarm",
}


def test_a_rollout_goes_through_every_step_once_and_asks_each_hook_under_one_id(world: World) -> None:
    with driven(world) as one:
        one.begin(steps=steps(5_000, 50_000, 100_000, hook=HOOK))

        one.ends("succeeded")

        assert one.moves() == ["move"] * 3
        assert len(set(map(_id, one.outside.asked_for))) == 3


def _id(question: Question) -> tuple[str, str, int]:
    return question.step, question.action, question.attempt


def test_a_bad_candidate_is_back_on_what_was_served_before(world: World) -> None:
    with driven(world, sources={"own": Source(bad=500)}) as one:
        before = world.get(split())["default"]
        one.begin(steps=steps(5_000, 100_000, hold="1h"), analysis=ANALYSIS)

        one.ends("rolled-back")

        assert world.get(split())["default"] == before


def test_nothing_is_stored_under_a_lease_that_was_lost_within_the_turn(world: World) -> None:
    with driven(world) as one:
        one.begin()
        before = world.get(split())

        one.before_storing = lambda: stolen(world)
        one.turn()

        assert one.version() == 1
        assert world.get(split()) == before


def test_a_command_that_comes_first_wins_and_the_loop_goes_on_from_it(world: World) -> None:
    with driven(world) as one:
        one.begin(before=[{"name": "ask", "kind": "approval"}])
        one.until(lambda: one.state().phase == "preparing")
        one.order("pass", gate="ask")

        one.before_storing = _once(lambda: one.order("abort"))
        one.turn()

        assert one.state().phase == "aborted"
        assert one.moves() == []


def _once(call: Callable[[], object]) -> Callable[[], None]:
    left = [call]

    def once() -> None:
        if left:
            left.pop()()

    return once


def test_a_database_that_is_gone_at_any_call_doubles_no_step_and_leaves_none_out(world: World) -> None:
    flaky = Flaky(world.store)
    with driven(world, store=flaky) as one:
        for number in range(14):
            key = f"number-{number}"
            one.begin(key, steps=steps(5_000, 100_000, hook=HOOK))
            flaky.calls, flaky.fails_at = 0, number

            one.ends("succeeded", key)

            assert one.moves(key) == ["move", "move"], f"failing at call {number}"
            world.weigh(split(), {"stable": 100_000})


def test_a_question_that_never_returns_delays_no_retry_and_its_answer_counts_for_nothing(small_world: World) -> None:
    door = Gate()

    def says(question: Question) -> str:
        if question.attempt == 1:
            door.wait()
            return "failed"
        return "passed"

    with driven(small_world, outside=Outside(says)) as one:
        one.begin(steps=[*steps(5_000, hook=HOOK), {"name": "all", "weights": {"edge": 100_000}, "hold": "1h"}])
        one.until(lambda: len(one.outside.asked_for) == 1, "the first question")
        one.order("pause")
        one.order("retry")
        one.until(lambda: one.state().step == 1 and one.state().phase == "baking", "the second try")

        door.open()
        for _ in range(20):
            one.turn()

        assert one.state().phase == "baking"


def test_what_does_not_fit_in_the_first_step_ends_the_rollout(small_world: World) -> None:
    with driven(small_world) as one:
        weights = {"weights": {"stable": 20_000, "third": 80_000}}
        small_world.split("full", backends=["stable", "canary", "third"], default={"split": weights})
        one.begin(split="full", steps=steps(50_000))

        one.ends("aborted")

        assert "third 80 %" in one.state().cause


def tampered(world: World, change: Callable[[dict[str, Any], dict[str, Any]], None], key: str = "one") -> None:
    """Rewrite plan and state of a rollout as a newer version would have written them."""
    ref = Ref("prod", "rollout", key)

    def work(tx: Any) -> None:
        stored, document = tx.rollout("prod", key), tx.document(ref)
        members, state = members_of(document), json.loads(stored.text)
        change(members["plan"], state)
        number = stored.version + 1
        after = replace(stored, phase=state["phase"], text=json.dumps(state), version=number)
        notes = '[["quorum","three of five"]]'
        assert tx.put_rollout(after, LogEntry("prod", key, number, stored.at, "baking", "{}", notes, "[]"), None)
        if members != members_of(document):
            intent = world.intent(rollout=key)
            settle(tx, intent, Plan("rollout.step", [edit_of(ref, document, members)], ref))

    world.store.run(["prod"], work)


NEWER: dict[str, Callable[[dict[str, Any], dict[str, Any]], Any]] = {
    "a plan of format 2": lambda plan, state: plan.update(format=2),
    "a state of format 2": lambda plan, state: state.update(format=2),
    "an unknown gate": lambda plan, state: plan["steps"][0].update(gates=[{"name": "q", "kind": "quorum"}]),
    "an unknown metric": lambda plan, state: plan.update(
        analysis={"metrics": [{"name": "m", "kind": "entropy", "source": "own"}]}
    ),
    "an unknown policy": lambda plan, state: plan.update(onFailure="phone"),
    "an unknown place to go on": lambda plan, state: state.update(resume_to="dreaming"),
    "an unknown standing": lambda plan, state: state["targets"][0].update(standing="mirrored"),
    "a shape that is other": lambda plan, state: state.update(targets={"edge": {}}),
}


@pytest.mark.parametrize("what", NEWER)
def test_what_a_newer_version_began_is_held_and_said_and_stops_nobody_else(
    small_world: World, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    world = small_world
    with driven(world) as one, caplog.at_level(logging.INFO):
        one.begin(steps=steps(5_000, 100_000, hold="1h"))
        one.until(lambda: one.state().phase == "baking")
        served = world.get(split())["default"]
        tampered(world, NEWER[what])
        world.split("search")
        one.begin("other", split="search")

        one.ends("succeeded", "other")
        one.turn()

        shown = rollouts.get_rollout(world.store, ONE).document["status"]
        assert (shown["phase"], shown["commands"]) == ("baking", [])
        assert "newer version" in shown["summary"]
        assert world.get(split())["default"] == served
        assert sum("prod/one is held" in each.getMessage() for each in caplog.records) == 1
        with pytest.raises(WrongPhase, match="newer version"):
            one.order("abort")
        assert one.log()[-1]["notes"][0]["meaning"] == "quorum"


def test_a_phase_that_only_a_newer_version_knows_is_left_alone(small_world: World) -> None:
    with driven(small_world) as one:
        one.begin(steps=steps(5_000, 100_000, hold="1h"))
        one.until(lambda: one.state().phase == "baking")
        tampered(small_world, lambda plan, state: state.update(phase="shadowing"))

        one.turn()

        shown = rollouts.get_rollout(small_world.store, ONE).document["status"]
        assert (shown["phase"], shown["commands"]) == ("shadowing", [])


def test_a_rollback_that_only_a_newer_version_can_read_keeps_nobody_from_beginning(small_world: World) -> None:
    with driven(small_world) as one:
        one.begin()
        tampered(small_world, lambda plan, state: state.update(phase="rolled-back", format=2))
        small_world.split("search")

        one.begin("other", split="search")

        one.ends("succeeded", "other")


def test_a_revert_takes_a_place_from_what_only_a_newer_version_can_read(small_world: World) -> None:
    world = small_world
    with driven(world) as one:
        revision, before = world.revision(), world.get(split())["default"]
        one.begin(steps=steps(5_000, 100_000, hold="1h"))
        one.until(lambda: one.state().phase == "baking")
        tampered(world, lambda plan, state: plan.update(format=2))

        with pytest.raises(RolloutActive):
            world.weigh(split(), {"stable": 100_000})
        reverts.revert_document(world.store, world.intent(), split(), revision)

        assert world.get(split())["default"] == before


def test_what_was_taken_from_a_rollout_that_is_still_on_its_way_back_is_everybodys_again(small_world: World) -> None:
    world = small_world
    with driven(world) as one:
        revision = world.revision()
        one.begin(steps=steps(5_000, 100_000, hold="1h", undo=HOOK))
        one.outside.says = lambda question: "waiting"
        one.until(lambda: one.state().phase == "baking")
        reverts.revert_document(world.store, world.intent(), split(), revision)
        one.turn()

        world.weigh(split(), {"stable": 90_000, "canary": 10_000})

        assert one.state().phase == "rolling-back"


def test_steps_of_one_name_ask_two_questions(small_world: World) -> None:
    with driven(small_world) as one:
        one.begin(steps=[{"name": "some", "weights": {"edge": each}, "hook": HOOK} for each in (5_000, 100_000)])

        one.ends("succeeded")

        assert len({question.id for question in one.outside.asked_for}) == 2


def test_a_gate_of_the_end_asks_anew_what_the_last_step_asked(small_world: World) -> None:
    gate = {"name": "ready", "kind": "webhook", "hook": HOOK}
    with driven(small_world) as one:
        one.begin(steps=steps(100_000, gates=[gate]), after=[gate])

        one.ends("succeeded")

        assert len({question.id for question in one.outside.asked_for}) == 2


def test_a_flag_can_be_reverted_while_its_rollout_is_only_planned(small_world: World) -> None:
    world = small_world
    with driven(world) as one:
        revision = world.revision()
        world.weigh(split(), {"stable": 90_000, "canary": 10_000})
        body = {"key": "one", "startAt": "2999-01-01T00:00:00Z"}
        plan = {"strategy": "canary", "targets": [target()], "steps": steps()}
        rollouts.create_rollout(world.store, world.intent(), "prod", {**body, "plan": plan})

        reverts.revert_document(world.store, world.intent(), split(), revision)

        assert one.state().phase == "aborted"


def test_a_place_is_reverted_though_the_rollout_has_others_to_put_back(small_world: World) -> None:
    world = small_world
    with driven(world) as one:
        revision = world.revision()
        world.split("search")
        places = [target(), {**target("search"), "name": "more"}]
        weights = [{"name": "some", "weights": {"edge": 5_000, "more": 5_000}, "hold": "1h"}]
        one.begin(targets=places, steps=weights)
        one.until(lambda: one.state().phase == "baking")

        reverts.revert_document(world.store, world.intent(), split(), revision)
        one.ends("rolled-back")

        assert world.get(split())["default"] == world.get(split("search"))["default"]


def test_an_environment_that_is_put_back_keeps_what_its_rollouts_did(small_world: World) -> None:
    world = small_world
    with driven(world) as one:
        revision = world.revision()
        one.begin()
        one.ends("succeeded")
        head = world.revision()

        reverts.revert_environment(world.store, world.intent(expected=head), "prod", revision)

        shown = rollouts.get_rollout(world.store, ONE).document
        assert shown["deployment"]["status"] == "succeeded"
        assert not shown.get("archived")
