"""The machine over simulated routers that die, lie, forget and are edited by hand: laws for any history."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flagsdk.core.allocation import WHOLE
from flagsvc.domain.routing import machine
from flagsvc.domain.routing.binding import Binding
from flagsvc.domain.routing.capabilities import Capabilities
from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.routing.events import EVENTS, Event
from flagsvc.domain.routing.observed import Observed
from flagsvc.domain.routing.state import BindingState, state_of_text, text_of_state
from flagsvc.domain.routing.target import Mirror, Target
from flagsvc.domain.routing.visit import FIGHT_TIMES, Visit
from tests.routers.contract import target

ABLE = Capabilities(granularity=100, expected_propagation_seconds=0.01)
Mood = Literal["well", "dead", "refusing", "late", "lying", "deaf"]
"""late: applies and then times out. lying: says yes, changes nothing. deaf: cannot be told, but can be read."""


@dataclass
class Edge:
    """A simulated router."""

    mood: Mood = "well"
    holds: dict[str, int] | None = None
    fresh: bool = False
    history: list[int] = field(default_factory=list)

    def observe(self) -> Observed | RouterError | None:
        if self.mood == "dead":
            return RouterError("no connection")
        return None if self.holds is None else Observed(weights=self.holds, fresh=self.fresh)

    def apply(self, wanted: Target) -> RouterError | None:
        if self.mood in {"dead", "deaf"}:
            return RouterError("no connection")
        if self.mood == "refusing":
            return RouterError("no such backend", permanent=True)
        if self.mood != "lying":
            self.holds = {name: weight // 1000 for name, weight in wanted.weights.items()}
            self.fresh = False
            self.history.append(self.holds["canary"])
        return RouterError("no answer in time") if self.mood == "late" else None


class Bench:
    """A binding over simulated routers, and a clock that goes when the machine waits."""

    def __init__(self, count: int = 3, **members: object) -> None:
        names = tuple(f"edge-{number}" for number in range(count))
        self.edges = {name: Edge() for name in names}
        self.binding = replace(
            Binding(environment="production", key="b", split="checkout", routers=names), **members  # type: ignore[arg-type]
        )  # fmt: skip
        self.state = BindingState()
        self.now = 1000.0
        self.events: list[Event] = []
        self.reverts = 0
        self.wanted = target(0)

    def want(self, canary: int, number: int = 1) -> None:
        self.wanted = target(canary, number)

    def turn(self) -> None:
        """Do all that is due now, as the driver does, through the text that the store keeps."""
        self._take(machine.begin(self.state, self.binding, self.wanted, self.now))
        self._take(machine.conclude(self.state, self.binding, self.now))
        for _ in range(50):
            names = machine.due(self.state, self.now)
            if not names:
                return
            for name in names:
                self._visit(name)
            self._take(machine.conclude(self.state, self.binding, self.now))
            self.state = state_of_text(text_of_state(self.state))

    def run(self, seconds: float) -> None:
        """Let time pass."""
        end = self.now + seconds
        while self.now < end:
            self.turn()
            self.now = min(end, max(self.now + 0.001, min(self.now + 1, machine.next_due(self.state))))

    @property
    def phase(self) -> str:
        return self.state.phase

    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]

    def seen(self) -> list[int | None]:
        return [edge.holds["canary"] if edge.holds else None for edge in self.edges.values()]

    def _visit(self, name: str) -> None:
        edge = self.edges[name]
        visited = Visit(self.state, self.binding, name, ABLE, self.now).read(edge.observe())
        self.state, self.events = visited.state, [*self.events, *visited.events]
        if visited.tell:
            visited = Visit(self.state, self.binding, name, ABLE, self.now).told(edge.apply(visited.tell))
            self.state, self.events = visited.state, [*self.events, *visited.events]

    def _take(self, moved: machine.Moved) -> None:
        self.state, self.events = moved.state, [*self.events, *moved.events]
        if self.state.owed:
            self.reverts += 1
            self.state = machine.answered(self.state, Event("reverted", "", "")).state


def at(canary: int, **members: object) -> Bench:
    """Make a bench whose routers all hold that share, applied."""
    bench = Bench(**members)  # type: ignore[arg-type]
    bench.want(canary)
    bench.run(5)
    assert bench.phase == "applied"
    bench.events.clear()
    return bench


def test_a_change_is_applied_when_every_router_has_read_back() -> None:
    bench = at(0)
    bench.want(25_000, 2)

    bench.run(1)

    assert bench.seen() == [25, 25, 25]
    assert bench.kinds() == ["begun", "applied"]
    assert bench.state.settled == bench.wanted


def test_routers_are_told_one_after_another_and_the_next_waits_for_the_read_back() -> None:
    bench = at(0)
    bench.edges["edge-1"].mood = "lying"
    bench.want(25_000, 2)

    bench.run(5)

    assert bench.seen() == [25, 0, 0]
    assert bench.phase == "applying"


@pytest.mark.parametrize("mood", ["dead", "lying", "deaf"])
def test_when_not_all_can_be_told_in_time_all_go_back_and_so_does_the_split(mood: Mood) -> None:
    bench = at(5_000)
    bench.want(25_000, 2)
    bench.edges["edge-2"].mood = mood

    bench.run(70)

    assert bench.seen() == [5, 5, 5]
    assert bench.reverts == 1
    assert bench.kinds()[0] == "begun"
    assert "rolling-back" in bench.kinds()
    assert "edge-2" in bench.state.cause
    bench.edges["edge-2"].mood = "well"
    bench.run(20)
    assert bench.phase == "failed"
    assert bench.kinds()[-1] == "rolled-back"


def test_a_router_that_refuses_ends_the_attempt_at_once() -> None:
    bench = at(5_000)
    bench.want(25_000, 2)
    bench.edges["edge-2"].mood = "refusing"

    bench.run(1)

    assert bench.seen() == [5, 5, 5]
    assert bench.kinds() == ["begun", "refused", "rolling-back", "rolled-back"]
    assert (bench.phase, bench.state.cause) == ("failed", "edge-2: no such backend")


def test_with_hold_the_split_stays_as_it_is() -> None:
    bench = at(5_000, on_failure="hold")
    bench.edges["edge-0"].mood = "refusing"
    bench.want(25_000, 2)

    bench.run(1)

    assert bench.reverts == 0


def test_the_reverted_split_ends_the_failure_and_keeps_its_cause() -> None:
    bench = at(5_000)
    bench.edges["edge-2"].mood = "refusing"
    bench.want(25_000, 2)
    bench.turn()

    bench.want(5_000, 3)  # what the revert stored
    bench.run(1)

    assert bench.phase == "applied"
    assert bench.seen() == [5, 5, 5]


def test_a_reverted_split_on_the_way_back_begins_nothing_new_and_the_cause_stays() -> None:
    bench = at(5_000)
    bench.want(25_000, 2)
    bench.edges["edge-1"].mood = "dead"
    bench.run(61)
    assert bench.phase == "returning"

    bench.want(5_000, 3)  # what the revert stored, while one is still away
    bench.run(5)

    assert bench.phase == "returning"
    assert bench.state.cause.startswith("no read-back in time from edge-1")
    bench.edges["edge-1"].mood = "well"
    bench.run(15)
    assert bench.phase == "applied"
    assert bench.state.settled == bench.wanted
    assert bench.state.cause
    assert [kind for kind in bench.kinds() if kind in {"begun", "applied", "rolled-back"}] == ["begun", "rolled-back"]


@pytest.mark.parametrize(
    ("before", "after", "retreat"),
    [
        ({"stable": 50, "canary": 50}, {"stable": 100, "canary": 0}, True),
        ({"stable": 50, "canary": 50}, {"stable": 60, "canary": 40}, True),
        ({"stable": 50, "canary": 50}, {"stable": 40, "canary": 60}, False),
        ({"stable": 50, "canary": 50}, {"stable": 50, "canary": 50}, False),
        ({"stable": 50, "canary": 50, "other": 0}, {"stable": 60, "canary": 30, "other": 10}, False),
    ],
)
def test_a_retreat_gives_stable_more_and_nobody_else(
    before: dict[str, int],
    after: dict[str, int],
    retreat: bool,  # noqa: FBT001  # the expected answer
) -> None:
    was, is_ = replace(target(0), weights=before), replace(target(0), weights=after)

    assert machine.is_retreat(was, is_) is retreat
    assert not machine.is_retreat(was, replace(is_, stable="canary"))
    assert not machine.is_retreat(None, is_)


def test_the_way_forward_is_in_order_one_by_one_and_the_way_back_reversed_all_at_once() -> None:
    bench = at(5_000)
    forward = machine.begin(bench.state, bench.binding, target(25_000, 2), bench.now).state
    back = machine.begin(bench.state, bench.binding, target(0, 2), bench.now).state

    assert list(machine.due(forward, bench.now)) == ["edge-0"]
    assert list(machine.due(back, bench.now)) == ["edge-2", "edge-1", "edge-0"]


def test_one_that_applied_and_timed_out_is_read_before_it_is_told_again() -> None:
    bench = at(0)
    bench.edges["edge-1"].mood = "late"
    bench.want(25_000, 2)

    bench.run(5)

    assert bench.phase == "applied"
    assert bench.edges["edge-1"].history.count(25) == 1


@given(dead=st.sampled_from(["edge-0", "edge-1", "edge-2"]))
def test_a_retreat_reaches_everybody_that_can_be_reached_and_is_never_taken_back(dead: str) -> None:
    bench = at(50_000)
    bench.edges[dead].mood = "dead"
    bench.want(0, 2)

    bench.run(600)

    assert [edge.holds["canary"] for name, edge in bench.edges.items() if name != dead and edge.holds] == [0, 0]
    assert bench.reverts == 0
    assert "late" in bench.kinds()
    assert bench.kinds().count("late") == 1
    bench.edges[dead].mood = "well"
    bench.run(15)
    assert bench.phase == "applied"
    assert bench.seen() == [0, 0, 0]


def test_before_anything_was_ever_applied_there_is_nothing_to_go_back_to() -> None:
    bench = Bench()
    bench.want(25_000)
    bench.edges["edge-0"].mood = "dead"

    bench.run(300)

    assert bench.phase == "applying"
    assert bench.reverts == 0
    bench.edges["edge-0"].mood = "well"
    bench.run(15)
    assert bench.phase == "applied"


def test_a_router_that_forgot_is_told_again_whatever_the_policy() -> None:
    bench = at(25_000, drift="pause")
    bench.edges["edge-1"].holds = None

    bench.run(5)

    assert bench.seen() == [25, 25, 25]
    assert bench.kinds() == ["forgot", "reasserted", "agrees"]
    assert bench.phase == "applied"


def test_a_router_that_began_anew_by_its_own_configuration_has_forgotten_too() -> None:
    bench = at(25_000, drift="pause")
    bench.edges["edge-1"].fresh = True
    bench.edges["edge-1"].holds = {"stable": 100, "canary": 0}

    bench.run(5)

    assert bench.seen() == [25, 25, 25]
    assert bench.kinds() == ["forgot", "reasserted", "agrees"]


def test_a_change_by_hand_is_told_over() -> None:
    bench = at(25_000)
    bench.edges["edge-1"].holds = {"stable": 10, "canary": 90}

    bench.run(5)

    assert bench.seen() == [25, 25, 25]
    assert bench.kinds() == ["drift", "reasserted", "agrees"]
    assert "canary 90" in bench.events[0].detail


def test_a_change_by_hand_is_left_alone_where_the_policy_says_so_until_it_is_undone() -> None:
    bench = at(25_000, drift="pause")
    bench.edges["edge-1"].holds = {"stable": 10, "canary": 90}

    bench.run(30)

    assert bench.seen() == [25, 90, 25]
    assert bench.kinds() == ["drift", "paused"]
    assert bench.phase == "paused"
    bench.edges["edge-1"].holds = {"stable": 75, "canary": 25}
    bench.run(5)
    assert bench.phase == "applied"
    assert bench.kinds()[-1] == "agrees"


def test_a_paused_binding_is_resumed_by_a_new_change_and_by_asking() -> None:
    for resume in ("change", "ask"):
        bench = at(25_000, drift="pause")
        bench.edges["edge-1"].holds = {"stable": 10, "canary": 90}
        bench.run(5)
        if resume == "change":
            bench.want(0, 2)
        else:
            bench.binding = replace(bench.binding, attempt=1)

        bench.run(5)

        assert bench.phase == "applied"
        assert bench.seen() == ([0, 0, 0] if resume == "change" else [25, 25, 25])


def test_a_router_that_is_fought_over_is_left_alone_with_an_alarm() -> None:
    bench = at(25_000)
    for _ in range(FIGHT_TIMES + 1):
        bench.edges["edge-1"].holds = {"stable": 10, "canary": 90}
        bench.run(5)

    assert bench.phase == "paused"
    assert bench.kinds().count("reasserted") == FIGHT_TIMES
    assert bench.seen()[1] == 90


def test_an_outage_of_a_watched_router_is_said_once_and_changes_nothing() -> None:
    bench = at(25_000)
    bench.edges["edge-1"].mood = "dead"

    bench.run(120)

    assert bench.kinds() == ["unreachable"]
    assert bench.phase == "applied"
    bench.edges["edge-1"].mood = "well"
    bench.run(15)
    assert bench.kinds() == ["unreachable", "reachable"]


def test_an_edit_that_decides_nothing_tells_nobody() -> None:
    bench = at(25_000)
    before = [len(edge.history) for edge in bench.edges.values()]
    bench.want(25_000, 7)

    bench.run(5)

    assert [len(edge.history) for edge in bench.edges.values()] == before
    assert bench.kinds() == []


def test_a_router_that_joins_is_told_and_one_that_left_is_left_alone() -> None:
    bench = at(25_000)
    bench.edges["edge-9"] = Edge()
    bench.binding = replace(bench.binding, routers=("edge-0", "edge-9"))

    bench.run(5)

    assert bench.edges["edge-9"].holds == {"stable": 75, "canary": 25}
    assert [router.name for router in bench.state.routers] == ["edge-0", "edge-9"]


def test_a_weight_too_small_for_a_router_is_refused_and_taken_back() -> None:
    bench = at(0)
    bench.want(100, 2)

    bench.run(1)

    assert bench.phase == "failed"
    assert "step" in bench.state.cause
    assert bench.seen() == [0, 0, 0]


def test_the_way_off_that_ends_an_attempt_from_nothing_reaches_everybody_at_once() -> None:
    """Also where it only brings back what was settled, or where nothing ever was."""
    for settled in (True, False):
        bench = at(0) if settled else Bench()
        bench.want(50_000, 2)
        for edge in bench.edges.values():
            edge.holds = {"stable": 50, "canary": 50}  # all are told; the last one has not read back
        bench.edges["edge-2"].mood = "dead"
        bench.turn()
        assert bench.phase == "applying"
        bench.edges["edge-2"].mood, bench.edges["edge-0"].mood = "well", "dead"
        bench.want(0, 3)

        bench.run(5)

        assert bench.seen() == [50, 0, 0]
        bench.run(90)
        assert bench.reverts == 0


def test_switching_the_split_off_is_a_way_to_stable_whatever_else_it_changes() -> None:
    bench = at(0)
    bench.edges["edge-2"].mood = "dead"
    bench.want(50_000, 2)
    bench.turn()
    off = replace(target(0, 3), salt="another")

    state = machine.begin(bench.state, bench.binding, off, bench.now).state

    assert not machine.is_forward(state)
    assert machine.is_forward(replace(state, desired=replace(off, mirror=Mirror("canary", 5_000))))
    assert machine.is_forward(replace(state, desired=replace(off, forced={"u1": "canary"})))
    assert machine.is_forward(replace(state, desired=replace(off, stable="canary")))


def test_a_router_that_joins_and_is_dead_takes_nothing_back() -> None:
    bench = at(25_000)
    bench.edges["edge-9"] = Edge(mood="dead")
    bench.binding = replace(bench.binding, routers=(*bench.binding.routers, "edge-9"))

    bench.run(90)

    assert (bench.phase, bench.reverts) == ("applying", 0)
    assert "late" in bench.kinds()


def test_the_revert_is_owed_until_it_is_answered_through_any_restart() -> None:
    bench = at(5_000)
    bench.want(25_000, 2)
    bench.edges["edge-2"].mood = "refusing"
    state = machine.begin(bench.state, bench.binding, bench.wanted, bench.now).state
    state = state.with_router(replace(state.router("edge-2"), standing="failed"))
    state = machine.conclude(state, bench.binding, bench.now).state

    again = state_of_text(text_of_state(state))
    done = machine.answered(again, Event("reverted", "", ""))
    by_itself = machine.begin(again, bench.binding, target(5_000, 3), bench.now)

    assert again.owed
    assert not done.state.owed
    assert (by_itself.state.owed, by_itself.events[0].kind) == (False, "reverted")
    assert not machine.begin(again, bench.binding, target(7_000, 3), bench.now).state.owed


def test_what_is_gone_back_to_has_the_last_edit_that_decided_nothing() -> None:
    bench = at(25_000)
    bench.want(25_000, 7)
    bench.run(1)
    bench.edges["edge-2"].mood = "dead"
    bench.want(50_000, 8)
    bench.turn()

    assert bench.state.settled == target(25_000, 7)


@pytest.mark.parametrize("drift", ["pause", "reassert"])
def test_a_router_that_is_changed_by_hand_during_an_attempt_is_told_again_by_its_goal(drift: str) -> None:
    for failing in (False, True):
        bench = at(5_000, drift=drift)
        bench.edges["edge-2"].mood = "dead"
        bench.want(25_000, 2)
        bench.run(65 if failing else 1)
        assert bench.phase == ("returning" if failing else "applying")

        bench.edges["edge-0"].holds = {"stable": 10, "canary": 90}
        bench.state = bench.state.with_router(replace(bench.state.router("edge-0"), due_at=bench.now))
        bench._visit("edge-0")
        bench.run(0.5)

        assert bench.phase == ("returning" if failing else "applying")
        assert bench.seen()[0] == (5 if failing else 25)


def test_a_fight_during_an_attempt_is_a_refusal() -> None:
    bench = at(5_000)
    bench.edges["edge-2"].mood = "dead"
    bench.want(25_000, 2)
    bench.run(1)
    for _ in range(FIGHT_TIMES):
        bench.edges["edge-0"].holds = {"stable": 10, "canary": 90}
        bench._visit("edge-0")  # finds it, and tells it
        bench._visit("edge-0")  # reads back
    bench.edges["edge-0"].holds = {"stable": 10, "canary": 90}
    bench._visit("edge-0")

    bench.turn()

    assert "refused" in bench.kinds()
    assert bench.phase == "returning"
    assert bench.state.cause.startswith("edge-0: changed again")


@pytest.mark.parametrize("drift", ["pause", "reassert"])
def test_a_router_that_is_changed_by_hand_after_a_failure_leads_nobody_to_what_failed(drift: str) -> None:
    bench = at(5_000, drift=drift, on_failure="hold")
    bench.edges["edge-2"].mood = "refusing"
    bench.want(25_000, 2)
    bench.run(10)
    assert bench.phase == "failed"
    bench.edges["edge-2"].mood = "well"

    for _ in range(FIGHT_TIMES + 1):
        bench.edges["edge-0"].holds = {"stable": 10, "canary": 90}
        bench.run(10)

    assert bench.phase == "failed"
    assert bench.seen() == [90, 5, 5]
    bench.edges["edge-0"].holds = {"stable": 95, "canary": 5}
    bench.run(5)
    assert bench.phase == "failed"
    assert {router.standing for router in bench.state.routers} == {"applied"}


def test_a_late_write_of_what_was_told_before_pauses_nothing() -> None:
    bench = at(25_000, drift="pause")
    bench.want(50_000, 2)
    bench.run(5)
    bench.edges["edge-1"].holds = {"stable": 75, "canary": 25}

    bench.run(5)

    assert bench.seen() == [50, 50, 50]
    assert bench.phase == "applied"
    bench.run(60)
    bench.edges["edge-1"].holds = {"stable": 75, "canary": 25}  # after a minute somebody means it
    bench.run(5)
    assert bench.phase == "paused"


def test_a_late_write_of_what_was_taken_back_pauses_nothing() -> None:
    bench = at(5_000, drift="pause")
    bench.edges["edge-2"].mood = "refusing"
    bench.want(25_000, 2)
    bench.turn()
    bench.want(5_000, 3)
    bench.run(1)
    bench.edges["edge-1"].holds = {"stable": 75, "canary": 25}

    bench.run(5)

    assert bench.phase == "applied"
    assert bench.seen() == [5, 5, 5]


def test_a_clock_that_was_set_back_keeps_nobody_waiting() -> None:
    bench = at(25_000)
    bench.now -= 3600
    bench.edges["edge-1"].holds = None

    bench.run(5)

    assert bench.seen() == [25, 25, 25]


STEPS = st.sampled_from([0, 5_000, 25_000, 50_000, 100_000])
MOODS: st.SearchStrategy[Mood] = st.sampled_from(["well", "dead", "late", "lying", "deaf"])
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("want"), STEPS),
        st.tuples(st.just("mood"), st.tuples(st.integers(0, 2), MOODS)),
        st.tuples(st.just("hand"), st.tuples(st.integers(0, 2), st.integers(0, 100))),
        st.tuples(st.just("forget"), st.integers(0, 2)),
        st.tuples(st.just("time"), st.floats(0.01, 100)),
    ),
    max_size=14,
)


@given(acts=ACTS, drift=st.sampled_from(["reassert", "pause"]))
def test_whatever_happens_routers_are_told_committed_steps_only_and_heal(
    acts: Sequence[tuple[str, object]], drift: str
) -> None:
    bench = Bench(drift=drift)
    committed = {0}
    for number, (act, what) in enumerate(acts):
        _do(bench, act, what, number)
        committed.add(bench.wanted.weights["canary"] // 1000)
        if bench.phase == "applied":
            assert bench.state.desired is not None
            assert all(router.standing in {"applied", "telling", "failed"} for router in bench.state.routers)
    for edge in bench.edges.values():
        edge.mood = "well"
    bench.binding = replace(bench.binding, attempt=bench.binding.attempt + 1)  # somebody asks for another try

    bench.run(120)

    assert bench.phase == "applied"
    assert set(bench.seen()) == {bench.wanted.weights["canary"] * 100 // WHOLE}
    assert {told for edge in bench.edges.values() for told in edge.history} <= committed
    assert set(bench.kinds()) <= set(EVENTS)


def _do(bench: Bench, act: str, what: object, number: int) -> None:
    edges = list(bench.edges.values())
    if act == "want" and isinstance(what, int):
        bench.want(what, number + 10)
    elif act == "mood" and isinstance(what, tuple):
        edges[what[0]].mood = what[1]
    elif act == "hand" and isinstance(what, tuple):
        edges[what[0]].holds = {"stable": 100 - what[1], "canary": what[1]}
    elif act == "forget" and isinstance(what, int):
        edges[what].holds = None
    elif act == "time" and isinstance(what, float):
        bench.run(what)
    bench.turn()
