"""What is asked of the outside: nobody waits for somebody else's server, and one that is away is asked once a go."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from flagsvc.domain.analysis.judging import fresh, step_begun
from flagsvc.domain.analysis.measurement import Measurement
from flagsvc.domain.analysis.spec import Metric
from flagsvc.domain.records import Ref
from flagsvc.domain.rollouts.plan import Hook, Plan
from flagsvc.domain.rollouts.state import GateState, RolloutState, TargetState
from flagsvc.runner.asking import MOST_WINDOWS, THREADS, Asker
from tests.rollouts.worlds import START, canary, judged, step
from tests.runner.driving import Gate, Outside
from tests.support.timing import eventually

NOW = START + 600.0


class Away:
    """A metrics server that nobody reaches; with a door, one that says so only when it is opened."""

    def __init__(self, door: Gate | None = None) -> None:
        self.asked: list[float] = []
        self._door = door

    def check(self, metric: Metric) -> Sequence[str]:
        return ()

    def measure(self, metric: Metric, start: float, end: float) -> Measurement:
        self.asked.append(start)
        if self._door:
            self._door.wait()
        return Measurement(metric=metric.name, start=start, end=end, missing="unreachable", detail="refused")

    def settled_seconds(self) -> float:
        return 0.0


@contextmanager
def asking(source: Away, outside: Outside) -> Iterator[Asker]:
    asker = Asker({"own": source}, outside, lambda: NOW)
    try:
        yield asker
    finally:
        asker.stop()


def baking() -> tuple[Plan, RolloutState]:
    """Give a rollout of which forty windows are due."""
    plan = canary(names=("edge",), analysis=judged())
    assert plan.analysis is not None
    evidence = step_begun(plan.analysis, fresh(plan.analysis, 1, START), START)
    return plan, RolloutState(phase="baking", step=0, evidence=evidence, targets=(TargetState(name="edge"),))


def test_a_source_that_is_away_is_asked_once_a_go() -> None:
    source, answers = Away(), []
    plan, state = baking()
    state = replace(state, primed=True)
    with asking(source, Outside()) as asker:
        asker.ask(Ref("prod", "rollout", "one"), plan, state, {}, NOW, lambda ref, event: answers.append(event))
        eventually(lambda: answers)

    found: Any = answers[0]
    assert [each.missing for each in found.measurements] == ["unreachable"]
    assert source.asked == [START + (40 - MOST_WINDOWS) * 15.0]


def test_metrics_that_hang_for_everybody_keep_no_hook_waiting() -> None:
    door, answered = Gate(), threading.Event()
    plan, state = baking()
    hooked = canary(names=("edge",), steps=(step(5_000, "edge", hook=Hook(url="http://hooks.example/")),))
    moving = RolloutState(phase="moving", step=0, hook=GateState(), targets=(TargetState(name="edge"),))
    with asking(Away(door), Outside()) as asker:
        for number in range(2 * THREADS):
            asker.ask(Ref("prod", "rollout", f"slow-{number}"), plan, state, {}, NOW, lambda ref, event: None)

        asker.ask(Ref("prod", "rollout", "one"), hooked, moving, {}, NOW, lambda ref, event: answered.set())

        eventually(answered.is_set, "the hook's answer")
        door.open()


def test_a_question_is_not_asked_again_before_its_answer_is_heard() -> None:
    source, answers = Away(), []
    plan, state = baking()
    state = replace(state, primed=True)
    ref = Ref("prod", "rollout", "one")
    with asking(source, Outside()) as asker:

        def ask() -> None:
            asker.ask(ref, plan, state, {}, NOW, lambda _, event: answers.append(event))

        ask()
        eventually(lambda: len(answers) == 1)
        ask()
        asker.heard(ref, answers[0])
        ask()
        eventually(lambda: len(answers) == 2)

    assert len(source.asked) == 2


class Slow(Away):
    """A source whose windows are whole only after a long time."""

    def settled_seconds(self) -> float:
        return 10_000.0


def test_the_lag_is_that_of_the_slowest_source_though_only_the_quick_one_is_due() -> None:
    plan, state = baking()
    assert plan.analysis is not None
    assert state.evidence is not None
    slow = replace(plan.analysis.metrics[0], name="revenue", source="slow")
    plan = replace(plan, analysis=replace(plan.analysis, metrics=(*plan.analysis.metrics, slow)))
    cursors = {**state.evidence.cursors, "revenue": START}
    state = replace(state, primed=True, evidence=replace(state.evidence, cursors=cursors))
    answers: list[Any] = []
    asker = Asker({"own": Away(), "slow": Slow()}, Outside(), lambda: NOW)
    try:
        asker.ask(Ref("prod", "rollout", "one"), plan, state, {}, NOW, lambda ref, event: answers.append(event))
        eventually(lambda: answers)
    finally:
        asker.stop()

    assert {each.metric for each in answers[0].measurements} == {"errors"}
    assert answers[0].lag_seconds == 10_000.0
