"""Laws of the timeline over random walks of the machine: it ends where the rollout is, and loses nothing."""

from datetime import datetime
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, settings

from flagsvc.domain.rollouts.events import Measured
from flagsvc.domain.rollouts.status import status_of
from flagsvc.domain.rollouts.timeline import Present, Tale
from tests.rollouts.test_machine_laws import Walks
from tests.rollouts.worlds import World


def told(world: World) -> Tale:
    tale = Tale(world.plan)
    tale.tell(world.entries())
    return tale


def present(world: World, **observed: int | None) -> Present:
    return Present(world.state, world.now, observed)


def without_windows(metrics: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in each.items() if name != "window"} for each in metrics]


def events_of(points: list[dict[str, Any]], member: str) -> float:
    windows = [metric["window"] for point in points for metric in point["metrics"] if metric["window"]]
    return sum((window[member] for window in windows), 0.0)


class Charts(Walks):
    """A rollout to which anything may happen, drawn when it is over."""

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.ends_where_the_rollout_is()
            self.is_in_order_and_within_its_bounds()
            self.loses_no_window()
            self.says_the_same_in_two_parts()

    def ends_where_the_rollout_is(self) -> None:
        world = self.world
        observed = {each.name: 4_321 for each in world.plan.targets}
        last = told(world).timeline(present(world, **observed), 1000)["points"][-1]
        status = status_of(world.plan, world.state, observed)
        assert (last["phase"], last["step"]) == (status["phase"], status["step"])
        assert last["verdict"] == status["verdict"]["kind"]
        assert last["e"] == status["verdict"]["e"]
        assert without_windows(last["metrics"]) == status["verdict"]["metrics"]
        weights = {name: target["weight"] for name, target in last["targets"].items()}
        assert weights == {target["name"]: target["weight"] for target in status["targets"]}
        if world.state.phase not in {"succeeded", "rolled-back", "aborted"}:
            assert {name: target["observed"] for name, target in last["targets"].items()} == observed

    def is_in_order_and_within_its_bounds(self) -> None:
        tale = told(self.world)
        whole = tale.timeline(present(self.world), 1000)
        thinned = tale.timeline(present(self.world), 10)
        times = [datetime.fromisoformat(point["at"]) for point in whole["points"]]
        assert all(earlier <= later for earlier, later in pairwise(times))
        assert {marker["at"] for marker in whole["markers"]} <= {point["at"] for point in whole["points"]}
        assert thinned["markers"] == whole["markers"]
        assert len(thinned["points"]) == min(10, len(whole["points"]))
        assert thinned["points"][0] == whole["points"][0]

    def loses_no_window(self) -> None:
        world, tale = self.world, told(self.world)
        measured = [each for event, _ in world.log if isinstance(event, Measured) for each in event.measurements]
        for side in ("baseline", "candidate"):
            events = sum(arm.events for each in measured if (arm := getattr(each, side)))
            for most in (10, 1000):
                points = tale.timeline(present(world), most)["points"]
                assert events_of(points, f"{side}Events") == events

    def says_the_same_in_two_parts(self) -> None:
        world, entries, tale = self.world, self.world.entries(), Tale(self.world.plan)
        for part in (entries[: len(entries) // 2], entries[len(entries) // 2 :]):
            tale.tell(part)
        assert tale.number == len(entries)
        assert tale.timeline(present(world), 1000) == told(world).timeline(present(world), 1000)


TestCharts = Charts.TestCase
TestCharts.settings = settings(
    max_examples=50, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
