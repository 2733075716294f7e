"""Laws of the machine over random walks: whatever happens, in whatever order, with whatever plan."""

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from flagsvc.domain.rollouts.events import (
    Answered,
    Command,
    Interfered,
    Measured,
    Primed,
    Refused,
    Routed,
    Shared,
    Tick,
)
from flagsvc.domain.rollouts.machine import decide
from flagsvc.domain.rollouts.plan import Check, Gate, Hook, Plan
from flagsvc.domain.rollouts.text import event_of_text, state_of_text, text_of_event, text_of_state
from flagsvc.domain.rollouts.weights import is_judged
from tests.rollouts.worlds import World, approval, judged, nothing, step, target, window

ENDED = {"succeeded", "rolled-back", "aborted"}
ORDERS: list[Any] = ["start", "pause", "resume", "promote", "promote-full", "retry", "abort", "roll-back"]
FACTS = {"tick", "routed", "answered", "measured", "primed", "shared", "interfered", "refused"}
STOPS = {"pause", "abort", "roll-back"}
BY_HAND = {"pass", "fail"}
TAKEN: dict[str, set[str]] = {
    "scheduled": {"tick", "start", "interfered", "abort"},
    "preparing": {"tick", "answered", "primed", "refused", "interfered"} | STOPS | BY_HAND,
    "moving": {"tick", "routed", "answered", "primed", "refused", "interfered"} | STOPS | BY_HAND,
    "baking": FACTS | STOPS | BY_HAND | {"promote", "promote-full"},
    "verifying": FACTS | STOPS | BY_HAND | {"promote"},
    "paused": FACTS | BY_HAND | {"resume", "retry", "promote", "promote-full", "abort", "roll-back"},
    "rolling-back": {"tick", "routed", "answered", "refused", "interfered", "retry", "pass"},
    "succeeded": set(),
    "rolled-back": set(),
    "aborted": set(),
}
"""Written out once more: an oracle that reads the table under test sees no mistake in it."""
HOOK = Hook(url="http://hooks.example/", deadline_seconds=100.0)
GATES = st.lists(
    st.sampled_from(
        [
            approval(),
            Gate(name="look", kind="checklist", deadline_seconds=200.0),
            Gate(name="smoke", kind="smoke", checks=(Check(url="http://app.example/"),), attempts=2),
            Gate(name="hook", kind="webhook", hook=HOOK),
            Gate(name="share", kind="share"),
            Gate(name="verdict", kind="analysis"),
        ]
    ),
    max_size=2,
    unique_by=lambda gate: gate.name,
).map(tuple)


@st.composite
def plans(draw: Any) -> Plan:
    names = ["edge", "flag", "more"][: draw(st.integers(1, 3))]
    weights = draw(st.lists(st.sampled_from([0, 5_000, 50_000, 100_000]), min_size=1, max_size=4))
    steps = []
    for weight in weights:
        moved = draw(st.lists(st.sampled_from(names), unique=True))
        hooks = {name: draw(st.sampled_from([None, HOOK])) for name in ("hook", "undo")}
        steps.append(step(weight, *moved, hold=draw(st.sampled_from([0.0, 30.0])), gates=draw(GATES), **hooks))
    unknown = draw(st.sampled_from(["rollback", "hold", "pause"]))
    return Plan(
        strategy="canary",
        targets=tuple(target(name) for name in names),
        steps=tuple(steps),
        before=draw(GATES),
        after=draw(GATES),
        analysis=draw(st.sampled_from([None, judged(on_unknown=unknown, unknown_seconds=100.0)])),
        on_failure=draw(st.sampled_from(["rollback", "pause"])),
        back=draw(st.sampled_from(["traffic-first", "hooks-first"])),
        apply_seconds=50.0,
    )


class Walks(RuleBasedStateMachine):
    """A rollout to which anything may happen."""

    world: World

    @initialize(plan=plans())
    def begin(self, plan: Plan) -> None:
        self.world = World(plan)

    def tell(self, event: Any, kind: str) -> None:
        world, before = self.world, self.world.state
        decision = world.tell(event)
        changed = world.state != before
        if kind not in TAKEN[before.phase]:
            assert not changed
            assert not decision.effects
        moving = [effect for effect in decision.effects if type(effect).__name__ == "Move"]
        if moving:
            assert world.state.phase == "moving"
        if before.phase == "rolling-back":
            assert not moving
            assert world.state.phase in {"rolling-back", "rolled-back"}
        if kind not in {"tick", "promote", "promote-full", "retry", "resume"}:
            assert world.state.step == before.step
            assert not moving
        if world.state.step > before.step >= 0 and kind == "tick":
            self.may_advance(before, event)
        assert world.state.step <= before.step + 1 or kind == "promote-full"

    def may_advance(self, before: Any, event: Any) -> None:
        plan = self.world.plan
        assert not event.frozen
        assert event.at - before.held_since >= plan.steps[before.step].hold_seconds
        verdicts = {gate.name for gate in plan.steps[before.step].gates if gate.kind == "analysis"}
        assert all(gate.standing == "passed" for name, gate in before.gates.items() if name not in verdicts)
        if verdicts:
            assert before.verdict.kind == "healthy"
        if is_judged(plan, before.step):
            looked = decide(plan, before, Measured(at=event.at, measurements=())).state
            assert looked.verdict.kind == "healthy"

    @rule(seconds=st.sampled_from([0.0, 1.0, 15.0, 40.0, 120.0]), frozen=st.sampled_from(["", "", "", "it is Friday"]))
    def time_passes(self, seconds: float, frozen: str) -> None:
        self.world.now += seconds
        self.tell(Tick(at=self.world.now, frozen=frozen), "tick")

    @rule()
    def it_comes_to_rest(self) -> None:
        """Let routers follow and time pass, as most of life is."""
        for _ in range(12):
            for each in self.world.plan.targets:
                self.tell(Routed(at=self.world.now, target=each.name, standing="applied"), "routed")
            self.tell(Tick(at=self.world.now), "tick")

    @rule(rounds=st.integers(1, 12))
    def all_goes_well(self, rounds: int) -> None:
        """Gates are passed, hooks say done, and the candidate is healthy."""
        for _ in range(rounds):
            for name in self.world.state.gates:
                self.world.order("pass", name)
            for what in ("hook", "undo"):
                self.tell(Answered(at=self.world.now, what=what, outcome="passed"), "answered")
            self.windows_are_read("good", 3, budget=True)
            self.tell(Shared(at=self.world.now, target="edge", verdict="ok", detail="25 %"), "shared")
            self.it_comes_to_rest()

    @rule(order=st.sampled_from(ORDERS))
    def somebody_asks(self, order: Any) -> None:
        before = self.world.state
        self.world.order(order)
        if order not in TAKEN[before.phase]:
            assert self.world.state == before

    @rule(order=st.sampled_from(["pass", "fail"]), gate=st.sampled_from(["approval", "look", "smoke", "share", "nope"]))
    def somebody_passes(self, order: Any, gate: str) -> None:
        self.world.order(order, gate)

    @rule(name=st.sampled_from(["edge", "flag", "more"]), standing=st.sampled_from(["applied", "waiting", "failed"]))
    def routers_say(self, name: str, standing: Any) -> None:
        if name in self.world.places:
            self.tell(Routed(at=self.world.now, target=name, standing=standing, detail="so"), "routed")

    @rule(
        what=st.sampled_from(["gate:smoke", "gate:hook", "hook", "undo", "gate:approval"]),
        outcome=st.sampled_from(["passed", "failed", "waiting"]),
    )
    def somebody_answers(self, what: str, outcome: Any) -> None:
        self.tell(Answered(at=self.world.now, what=what, outcome=outcome, detail="so"), "answered")

    @rule(kind=st.sampled_from(["good", "bad", "none"]), budget=st.booleans(), count=st.integers(1, 5))
    def windows_are_read(self, kind: str, count: int, *, budget: bool) -> None:
        for _ in range(count):
            evidence = self.world.state.evidence
            start = evidence.cursors.get("errors", self.world.now) if evidence else self.world.now
            self.world.now = max(self.world.now, start + 15.0)
            read = nothing(start) if kind == "none" else window(start, bad=400.0 if kind == "bad" else 10.0)
            self.tell(Measured(at=self.world.now, measurements=(read,), budget=budget), "measured")

    @rule(count=st.integers(0, 3))
    def the_past_is_read(self, count: int) -> None:
        past = tuple(window(self.world.now - 15.0 * (count - number)) for number in range(count))
        self.tell(Primed(at=self.world.now, measurements=past), "primed")

    @rule(verdict=st.sampled_from(["ok", "off", "unknown"]))
    def traffic_splits(self, verdict: Any) -> None:
        self.tell(Shared(at=self.world.now, target="edge", verdict=verdict, detail=verdict), "shared")

    @rule(name=st.sampled_from(["edge", "flag", "more"]), released=st.booleans())
    def somebody_interferes(self, name: str, *, released: bool) -> None:
        if name in self.world.places and self.world.state.phase not in ENDED | {"scheduled"}:
            if released:
                self.world.places[name] = "somebody else's"
            event = Interfered(at=self.world.now, targets=(name,), detail="was changed", released=released)
            self.tell(event, "interfered")

    @precondition(lambda self: self.world.state.phase in {"moving", "rolling-back"})
    @rule(name=st.sampled_from(["edge", "flag", "more"]))
    def it_is_refused(self, name: str) -> None:
        if name in self.world.places:
            self.tell(Refused(at=self.world.now, target=name, detail="does not fit"), "refused")

    @invariant()
    def rolled_back_is_everything_as_it_was(self) -> None:
        if self.world.state.phase in {"rolled-back", "aborted"}:
            for each in self.world.state.targets:
                assert each.released or self.world.places[each.name] == self.world.original(each.name)
                assert each.released or not each.saved or each.standing == "back"

    @invariant()
    def what_has_ended_has_ended(self) -> None:
        world = self.world
        if world.state.phase not in ENDED:
            return
        orders: list[Any] = [Command(at=world.now, order=order, by="somebody") for order in (*ORDERS, "pass", "fail")]
        happens: list[Any] = [
            Tick(at=world.now + 1e6),
            Routed(at=world.now, target="edge", standing="failed"),
            Answered(at=world.now, what="undo", outcome="passed"),
            Measured(at=world.now, measurements=(window(world.now, bad=900.0),)),
            Interfered(at=world.now, targets=("edge",), detail="was changed", released=True),
            Refused(at=world.now, target="edge", detail="no"),
        ]
        for event in [*orders, *happens]:
            decision = decide(world.plan, world.state, event)
            assert (decision.state, decision.effects, decision.notes) == (world.state, (), ())

    @invariant()
    def bad_news_leads_back(self) -> None:
        state = self.world.state
        said = self.world.said()
        told = max((number for number, kind in enumerate(said) if kind == "verdict"), default=0)
        if state.verdict.kind == "unhealthy" and "promoted" not in said[told:]:  # or somebody saw it and went on
            assert state.phase in {"rolling-back", "rolled-back", "paused", "aborted", "moving", "baking", "verifying"}
            assert state.phase in {"rolling-back", "rolled-back"} or "budget" in self.world.said()

    @invariant()
    def the_log_tells_it_all(self) -> None:
        assert self.world.replayed() == self.world.state

    @invariant()
    def what_is_stored_is_what_was_known(self) -> None:
        assert state_of_text(text_of_state(self.world.state)) == self.world.state
        if self.world.log:
            event = self.world.log[-1][0]
            assert event_of_text(text_of_event(event)) == event

    @invariant()
    def targets_move_in_the_order_of_the_plan(self) -> None:
        """Within one going through a step nobody is left out or moved twice; a retry begins the step anew."""
        order = {each.name: number for number, each in enumerate(self.world.plan.targets)}
        for (step_a, name_a, _), (step_b, name_b, _) in zip(self.world.moves, self.world.moves[1:], strict=False):
            assert step_b > step_a or order[name_b] > order[name_a] or "retried" in self.world.said()


TestWalks = Walks.TestCase
TestWalks.settings = settings(
    max_examples=120, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
