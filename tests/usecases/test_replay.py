"""A rollout that was rolled back is told once more from its log alone: the same verdicts, and the very state."""

from typing import Any

from flagsvc.domain.analysis.measurement import Arm, Measurement
from flagsvc.domain.page import Page
from flagsvc.domain.records import Ref
from flagsvc.domain.rollouts.events import Event, Measured, Primed, Routed, Tick
from flagsvc.domain.rollouts.reading import plan_of
from flagsvc.domain.rollouts.replay import replayed
from flagsvc.domain.rollouts.state import RolloutState
from flagsvc.domain.rollouts.text import state_of_text, text_of_state
from flagsvc.usecases.rollouts import create_rollout
from flagsvc.usecases.transitions import transit
from tests.usecases.world import World

ROLLOUT = Ref("prod", "rollout", "release")
PLAN: dict[str, Any] = {
    "strategy": "canary",
    "targets": [
        {"name": "edge", "kind": "split", "key": "checkout", "candidate": "canary", "baseline": "stable"},
        {"name": "flag", "kind": "flag", "key": "new", "candidate": "on", "baseline": "off"},
    ],
    "steps": [{"name": "5 %", "weights": {"edge": 5_000, "flag": 5_000}, "hold": "15m"}],
    "analysis": {"metrics": [{"name": "errors", "kind": "errors", "source": "own"}], "every": "15s", "warmup": "0s"},
}


class Walk:
    """A rollout in a real store, to which a test says what happens."""

    def __init__(self, world: World) -> None:
        self.world = world
        world.flag("new", environments={"prod": {"enabled": True, "default": {"serve": "off"}}})
        world.split("checkout")
        create_rollout(world.store, world.intent(), "prod", {"key": "release", "plan": PLAN})
        with world.store.reading() as view:
            self.now = view.seconds()

    def tell(self, event: Event) -> RolloutState:
        intent = self.world.intent()
        return self.world.store.run(["prod"], lambda tx: transit(tx, intent, ROLLOUT, event)).state

    def tick(self) -> RolloutState:
        return self.tell(Tick(at=self.now))

    def moved(self, *targets: str) -> None:
        for target in targets:
            self.tick()
            self.tell(Routed(at=self.now, target=target, standing="applied"))

    def measured(self, bad: float) -> RolloutState:
        state = self.tick()
        assert state.evidence is not None
        start = state.evidence.cursors["errors"]
        self.now = start + 15.0
        arms = Arm(events=1000.0, bad=3.0), Arm(events=1000.0, bad=bad)
        read = Measurement(metric="errors", start=start, end=self.now, baseline=arms[0], candidate=arms[1])
        return self.tell(Measured(at=self.now, measurements=(read,)))


def rolled_back(walk: Walk) -> RolloutState:
    walk.tick()
    past = [
        Measurement(metric="errors", start=15.0 * n, end=15.0 * n + 15.0, baseline=Arm(events=1e3, bad=3.0))
        for n in range(60)
    ]
    walk.tell(Primed(at=walk.now, measurements=tuple(past)))
    walk.moved("edge", "flag")
    walk.measured(bad=4.0)
    while walk.measured(bad=90.0).phase == "baking":
        pass
    walk.moved("flag", "edge")
    return walk.tick()


def test_the_log_alone_leads_to_the_state_that_is_stored(world: World) -> None:
    walk = Walk(world)

    ended = rolled_back(walk)

    with world.store.reading() as view:
        stored = view.rollout("prod", "release")
        entries, more = view.rollout_log("prod", "release", Page(limit=1000))
        plan = plan_of(world.get(ROLLOUT)["plan"])
    assert stored is not None
    assert more is None
    assert ended.phase == "rolled-back"
    assert ended.cause.startswith("errors: ")
    assert [entry.number for entry in entries[::-1]] == list(range(1, stored.version + 1))
    assert text_of_state(replayed(plan, entries[::-1])) == stored.text
    assert state_of_text(stored.text) == ended
