"""The loop under a storm and under a freeze: a budget that many at once cannot overspend, and holds that end."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from flagsvc.domain.analysis.measurement import Arm, Measurement
from flagsvc.domain.analysis.spec import Metric
from flagsvc.domain.records import Ref
from flagsvc.domain.rollouts.deployment import moment
from flagsvc.domain.rollouts.records import LEASE
from flagsvc.domain.rollouts.state import RolloutState
from flagsvc.domain.rollouts.text import state_of_text
from flagsvc.outbound.gates import Gates
from flagsvc.outbound.guarded import Guarded
from flagsvc.outbound.reach import Reach
from flagsvc.runner.asking import Asker
from flagsvc.runner.lease import Lease
from flagsvc.runner.rollout_scene import Surroundings
from flagsvc.runner.rollouts import LEASE_SECONDS, Rollouts
from flagsvc.usecases import documents, rollouts
from flagsvc.usecases.holding import Holding
from tests.support.timing import eventually
from tests.usecases.world import World

KEYS = ("cart", "checkout", "search")


class Broken:
    """A metric source in which every candidate fails every second request."""

    def check(self, metric: Metric) -> Sequence[str]:
        return ()

    def measure(self, metric: Metric, start: float, end: float) -> Measurement:
        bad, good = Arm(events=1000, bad=500), Arm(events=1000, bad=1)
        return Measurement(metric=metric.name, start=start, end=end, baseline=good, candidate=bad)

    def settled_seconds(self) -> float:
        return 0.0


@contextmanager
def driven(world: World, per_hour: int) -> Iterator[None]:
    """Drive the rollouts of a store as the service does."""
    lease = Lease(world.store, "one", LEASE_SECONDS, name=LEASE)
    asker = Asker({"own": Broken()}, Gates(Guarded(Reach(())), []), lease.now)
    holding = Holding(per_hour)
    around = Surroundings(
        intent=lambda reason: world.intent(reason=reason),
        wake=lambda environment: None,
        held=holding.held,
        budget=holding.budget,
        ended=lambda state: None,
    )
    loop = Rollouts(world.store, asker, lease, around)
    loop.start()
    try:
        yield
    finally:
        loop.stop()


def plan(key: str, hold: str, analysis: Mapping[str, Any] | None) -> dict[str, Any]:
    target = {"name": "edge", "kind": "split", "key": key, "candidate": "canary", "baseline": "stable"}
    steps = [
        {"name": "some", "weights": {"edge": 5_000}, "hold": hold},
        {"name": "all", "weights": {"edge": 100_000}},
    ]
    judged = {"analysis": analysis} if analysis else {}
    return {"strategy": "canary", "targets": [target], "steps": steps, **judged}


def begin(world: World, key: str, hold: str = "1h", analysis: Mapping[str, Any] | None = None, **members: Any) -> None:
    world.split(key)
    body = {"plan": plan(key, hold, analysis), **members}
    rollouts.create_rollout(world.store, world.intent(), "prod", body)


def state(world: World, key: str) -> RolloutState:
    with world.store.reading() as view:
        stored = view.rollout("prod", f"{key}-1")
    assert stored is not None
    return state_of_text(stored.text)


def phases(world: World) -> Counter[str]:
    return Counter(state(world, key).phase for key in KEYS)


@pytest.mark.parametrize(("per_hour", "back"), [(1, 1), (2, 2), (10, 3)])
def test_however_many_turn_bad_at_once_no_more_go_back_by_themselves_than_the_budget_has(
    small_world: World, per_hour: int, back: int
) -> None:
    metric = {"name": "errors", "kind": "errors", "source": "own"}
    for key in KEYS:
        begin(small_world, key, analysis={"metrics": [metric], "every": "1s", "warmup": "0s"})
    expected = Counter({phase: n for phase, n in (("rolled-back", back), ("paused", 3 - back)) if n})

    with driven(small_world, per_hour):
        eventually(lambda: phases(small_world) == expected, f"{expected}")

    paused = [state(small_world, key) for key in KEYS if state(small_world, key).phase == "paused"]
    assert all(one.verdict.kind == "unhealthy" for one in paused)


def _is(world: World, key: str, holds: Callable[[RolloutState], bool]) -> Callable[[], bool]:
    return lambda: holds(state(world, key))


def test_a_freeze_holds_a_start_and_an_advance_until_it_is_lifted(small_world: World) -> None:
    world, sale = small_world, Ref("prod", "freeze", "sale")
    begin(world, "cart", hold="1s")
    body = {"key": "sale", "reason": "the sale"}

    with driven(world, 10):
        eventually(_is(world, "cart", lambda now: now.phase == "baking"))
        documents.create_document(world.store, world.intent(), "prod", "freeze", body)
        with world.store.reading() as view:
            soon = moment(view.seconds() + 0.5)
        begin(world, "search", hold="0s", startAt=soon)
        eventually(_is(world, "cart", lambda now: "'sale'" in now.frozen), "the step is held")
        eventually(_is(world, "search", lambda now: "'sale'" in now.frozen), "the start is held")
        held = [(state(world, key).phase, state(world, key).step) for key in ("cart", "search")]
        documents.archive_document(world.store, world.intent(), sale)
        for key in ("cart", "search"):
            eventually(_is(world, key, lambda now: now.phase == "succeeded"), f"{key} goes on")

    assert held == [("baking", 0), ("scheduled", -1)]
