"""The machine, case by case: what a rollout does when this happens."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from flagsvc.domain.rollouts.events import Answered, Interfered, Measured, Primed, Refused, Routed, Shared, Tick
from flagsvc.domain.rollouts.plan import Check, Gate, Hook, Plan
from flagsvc.domain.rollouts.wayback import undo_of
from tests.rollouts.worlds import World, approval, canary, judged, nothing, step, window

HOOK = Hook(url="http://hooks.example/", every_seconds=5.0, deadline_seconds=100.0)


def tick(world: World, seconds: float = 0.0, frozen: str = "") -> None:
    world.now += seconds
    world.tell(Tick(at=world.now, frozen=frozen))


def follow(world: World) -> None:
    """Let everybody who is told read back, and the machine go on, until the step holds or nothing moves."""
    for _ in range(10):
        for each in world.plan.targets:
            world.tell(Routed(at=world.now, target=each.name, standing="applied"))
        tick(world)


def baking(plan: Plan, steps: int = 1) -> World:
    """Give a rollout that holds in that step."""
    world = World(plan)
    follow(world)
    for _ in range(steps - 1):
        tick(world, 61.0)
        follow(world)
    assert (world.state.phase, world.state.step) == ("baking", steps - 1)
    return world


def measure(world: World, bad: float | None, *, budget: bool = True, windows: int = 1) -> None:
    for _ in range(windows):
        assert world.state.evidence is not None
        start = world.state.evidence.cursors["errors"]
        world.now = max(world.now, start + 15.0)
        read = nothing(start) if bad is None else window(start, bad=bad)
        world.tell(Measured(at=world.now, measurements=(read,), budget=budget))


def test_a_rollout_moves_one_target_after_the_other_and_then_holds() -> None:
    world = World(canary())

    tick(world)
    tick(world)
    first = list(world.moves)
    tick(world, 1.0)
    waiting = list(world.moves)
    world.tell(Routed(at=world.now, target="edge", standing="applied"))
    tick(world)

    assert first == waiting == [(0, "edge", 5_000)]
    assert world.moves == [(0, "edge", 5_000), (0, "flag", 5_000)]
    assert world.state.phase == "moving"


def test_steps_follow_each_other_after_their_holds_until_the_end() -> None:
    world = baking(canary())

    tick(world, 59.0)
    early = world.state.step
    tick(world, 1.0)
    follow(world)
    for _ in range(2):
        tick(world, 60.0)
        follow(world)

    assert early == 0
    assert world.state.phase == "succeeded"
    assert [step for step, _, _ in world.moves] == [0, 0, 1, 1, 2, 2]
    assert world.restores == []


def test_a_scheduled_rollout_waits_for_its_time_unless_somebody_starts_it() -> None:
    world = World(canary())
    world.state = replace(world.state, start_at=world.now + 100.0)

    tick(world, 99.0)
    before = world.state.phase
    world.order("start")

    assert (before, world.state.phase) == ("scheduled", "preparing")


def test_on_the_way_back_the_last_target_goes_first_and_at_once() -> None:
    world = baking(canary())

    world.order("abort")
    at_once = list(world.restores)
    follow(world)

    assert at_once == ["flag"]
    assert world.restores == ["flag", "edge"]
    assert world.state.phase == "rolled-back"
    assert all(world.places[name] == world.original(name) for name in world.places)


def test_what_a_router_was_waiting_for_delays_no_way_back() -> None:
    world = World(canary())
    tick(world)
    tick(world)
    world.tell(Routed(at=world.now, target="edge", standing="waiting", detail="edge-1 is being told"))

    world.order("roll-back")

    assert world.restores == ["edge"]


def test_rolled_back_means_read_back() -> None:
    world = baking(canary())
    world.order("roll-back")
    tick(world)

    world.tell(Routed(at=world.now, target="flag", standing="applied"))
    tick(world, 10.0)
    half = world.state.phase
    world.tell(Routed(at=world.now, target="edge", standing="applied"))
    tick(world)

    assert (half, world.state.phase) == ("rolling-back", "rolled-back")


def test_a_way_back_that_takes_too_long_is_said_once() -> None:
    world = baking(canary())
    world.order("abort")
    tick(world)

    for _ in range(3):
        tick(world, 100.0)

    assert world.state.phase == "rolling-back"
    assert world.said().count("late") == 1


def test_what_moved_nothing_is_aborted() -> None:
    world = World(canary(before=(approval(),)))
    tick(world)

    world.order("abort")

    assert world.state.phase == "aborted"
    assert world.restores == []


def test_an_unhealthy_candidate_is_rolled_back_at_once() -> None:
    world = baking(canary(analysis=judged()))

    measure(world, bad=400.0)

    assert world.state.phase == "rolling-back"
    assert world.state.automatic
    assert world.restores == ["flag"]


def test_an_unhealthy_candidate_is_rolled_back_while_the_rollout_is_paused() -> None:
    world = baking(canary(analysis=judged()))
    world.order("pause")

    measure(world, bad=400.0)

    assert world.state.phase == "rolling-back"


def test_without_budget_a_bad_verdict_pauses_and_pages() -> None:
    world = baking(canary(analysis=judged()))

    measure(world, bad=400.0, budget=False)

    assert world.state.phase == "paused"
    assert "budget" in world.said()
    assert world.restores == []


def test_without_budget_a_bad_verdict_pages_once_although_it_is_paused_already() -> None:
    world = baking(canary(analysis=judged()))
    world.order("pause")

    measure(world, bad=400.0, budget=False, windows=3)

    assert world.state.phase == "paused"
    assert world.said().count("budget") == 1
    assert world.restores == []


def test_a_step_ends_only_when_its_candidate_is_healthy() -> None:
    world = baking(canary(analysis=judged()))
    measure(world, bad=None, windows=5)

    tick(world, 10.0)
    unknown = world.state.step
    measure(world, bad=10.0, windows=3)
    tick(world, 1.0)

    assert unknown == 0
    assert world.state.step == 1


@pytest.mark.parametrize(("policy", "phase"), [("rollback", "rolling-back"), ("pause", "paused"), ("hold", "baking")])
def test_when_nothing_is_known_for_too_long_the_plan_says_what_follows(policy: Any, phase: str) -> None:
    world = baking(canary(analysis=judged(on_unknown=policy, unknown_seconds=100.0)))

    tick(world, 99.0)
    before = world.state.phase
    tick(world, 2.0)

    assert (before, world.state.phase) == ("baking", phase)


def test_data_that_does_not_decide_is_not_silence() -> None:
    world = baking(canary(analysis=judged(advance_when="proven", beta=1e-12, unknown_seconds=100.0)))

    measure(world, bad=10.0, windows=12)
    tick(world)

    assert world.state.verdict.kind == "unknown"
    assert world.state.phase == "baking"


def test_a_freeze_lets_a_step_hold_and_no_next_one_begin() -> None:
    world = baking(canary())

    tick(world, 100.0, frozen="it is Friday")
    tick(world, 100.0, frozen="it is Friday")
    held = world.state.step
    tick(world, 1.0)

    assert (held, world.state.step) == (0, 1)
    assert world.said().count("frozen") == 1


def test_a_freeze_holds_the_first_step_too() -> None:
    world = World(canary())
    tick(world)

    tick(world, 1.0, frozen="it is Friday")
    held = (world.state.phase, list(world.moves))
    tick(world, 1.0)

    assert held == ("preparing", [])
    assert world.moves == [(0, "edge", 5_000)]


def test_what_this_step_has_not_moved_yet_goes_back_as_well() -> None:
    world = baking(canary())
    tick(world, 61.0)
    assert (world.state.step, world.state.target("flag").standing) == (1, "idle")

    world.order("abort")
    follow(world)

    assert sorted(world.restores) == ["edge", "flag"]
    assert all(world.places[name] == world.original(name) for name in world.places)


def test_a_freeze_never_holds_the_way_back() -> None:
    world = baking(canary())
    world.order("abort")

    for _ in range(3):
        for each in world.plan.targets:
            world.tell(Routed(at=world.now, target=each.name, standing="applied"))
        tick(world, 1.0, frozen="it is Friday")

    assert world.state.phase == "rolled-back"


def test_a_gate_of_people_waits_for_them() -> None:
    plan = canary(steps=(step(5_000, "edge", gates=(approval(),)), step(100_000, "edge")), names=("edge",))
    world = baking(plan)

    tick(world, 100.0)
    waiting = world.state.step
    world.order("pass", "approval")
    tick(world)

    assert (waiting, world.state.step) == (0, 1)


def test_a_gate_that_somebody_fails_leads_back() -> None:
    world = baking(canary(steps=(step(5_000, "edge", gates=(approval(),)),), names=("edge",)))

    world.order("fail", "approval")
    tick(world)

    assert world.state.phase == "rolling-back"
    assert "approval" in world.state.cause


def test_a_gate_that_stays_open_for_too_long_fails() -> None:
    gate = approval(deadline_seconds=300.0)
    world = baking(canary(steps=(step(5_000, "edge", gates=(gate,)),), names=("edge",)))

    tick(world, 300.0)
    before = world.state.phase
    tick(world, 1.0)

    assert (before, world.state.phase) == ("baking", "rolling-back")


def test_a_webhook_gate_without_a_deadline_has_that_of_its_hook() -> None:
    gate = Gate(name="hook", kind="webhook", hook=HOOK)
    world = baking(canary(steps=(step(5_000, "edge", gates=(gate,)),), names=("edge",)))

    tick(world, HOOK.deadline_seconds)
    before = world.state.phase
    tick(world, 1.0)

    assert (before, world.state.phase) == ("baking", "rolling-back")


def test_a_gate_that_was_passed_is_never_late() -> None:
    gate = approval(deadline_seconds=300.0)
    steps = (step(5_000, "edge", hold=1000.0, gates=(gate,)),)
    world = baking(canary(steps=steps, names=("edge",)))
    world.order("pass", "approval")

    tick(world, 500.0)

    assert world.state.phase == "baking"


def test_a_smoke_test_may_fail_a_few_times_in_a_row() -> None:
    gate = Gate(name="smoke", kind="smoke", checks=(Check(url="http://app.example/"),), attempts=3)
    world = baking(canary(steps=(step(5_000, "edge", gates=(gate,)),), names=("edge",)))
    failed = Answered(at=world.now, what="gate:smoke", outcome="failed", detail="500")

    world.tell(failed)
    world.tell(failed)
    tick(world)
    before = world.state.phase
    world.tell(failed)
    tick(world)

    assert (before, world.state.phase) == ("baking", "rolling-back")
    assert "500" in world.state.cause


def test_a_webhook_that_says_no_fails_at_once() -> None:
    gate = Gate(name="hook", kind="webhook", hook=HOOK)
    world = baking(canary(steps=(step(5_000, "edge", gates=(gate,)),), names=("edge",)))

    world.tell(Answered(at=world.now, what="gate:hook", outcome="failed", detail="no"))
    tick(world)

    assert world.state.phase == "rolling-back"


def test_a_plan_may_ask_for_a_pause_instead_of_the_way_back() -> None:
    world = baking(canary(steps=(step(5_000, "edge", gates=(approval(),)),), names=("edge",), on_failure="pause"))

    world.order("fail", "approval")
    tick(world)
    paused = world.state.phase
    world.order("resume")
    tick(world)

    assert paused == "paused"
    assert world.state.phase == "baking"
    assert world.state.gates["approval"].standing == "open"


def test_routers_that_cannot_be_told_lead_back() -> None:
    world = World(canary(names=("edge",)))
    tick(world)
    tick(world)

    world.tell(Routed(at=world.now, target="edge", standing="failed", detail="edge-1 refuses"))

    assert world.state.phase == "rolling-back"
    assert "edge-1 refuses" in world.state.cause


def test_routers_that_do_not_read_back_in_time_lead_back() -> None:
    world = World(canary(names=("edge",), apply_seconds=30.0))
    tick(world)
    tick(world)

    tick(world, 30.0)
    before = world.state.phase
    tick(world, 1.0)

    assert (before, world.state.phase) == ("moving", "rolling-back")


def test_what_does_not_fit_leads_back() -> None:
    world = World(canary())
    tick(world)
    tick(world)
    world.tell(Routed(at=world.now, target="edge", standing="applied"))

    world.tell(Refused(at=world.now, target="flag", detail="no room"))

    assert world.state.phase == "rolling-back"
    assert world.restores == ["edge"]


def test_what_cannot_be_put_back_is_tried_again_after_a_while() -> None:
    world = baking(canary(names=("edge",)))
    world.order("abort")
    world.state = world.state.with_target(replace(world.state.target("edge"), standing="applied"))

    world.tell(Refused(at=world.now, target="edge", detail="locked"))
    tick(world, 1.0)
    soon = len(world.restores)
    tick(world, 5.0)

    assert (soon, len(world.restores)) == (1, 2)


def test_a_step_with_a_hook_holds_when_the_hook_says_done() -> None:
    world = World(canary(steps=(step(5_000, "edge", hook=HOOK), step(100_000, "edge")), names=("edge",)))
    follow(world)

    asked = world.state.phase
    world.tell(Answered(at=world.now, what="hook", outcome="waiting", detail="rolling out"))
    tick(world, 50.0)
    waiting = world.state.phase
    world.tell(Answered(at=world.now, what="hook", outcome="passed"))
    tick(world)

    assert (asked, waiting, world.state.phase) == ("moving", "moving", "baking")


@pytest.mark.parametrize("said", ["no", "nothing"])
def test_a_hook_that_says_no_or_nothing_leads_back(said: str) -> None:
    world = World(canary(steps=(step(5_000, "edge", hook=HOOK),), names=("edge",)))
    follow(world)

    if said == "no":
        world.tell(Answered(at=world.now, what="hook", outcome="failed", detail="broken"))
        tick(world)
    else:
        tick(world, 101.0)

    assert world.state.phase == "rolling-back"


def rolled(back: Any) -> World:
    steps = (step(5_000, "edge", undo=HOOK), step(50_000, "edge", undo=HOOK), step(100_000, "edge"))
    world = baking(canary(steps=steps, names=("edge",), back=back), steps=2)
    world.order("abort")
    return world


def test_hooks_are_undone_from_the_last_step_that_was_begun_after_the_traffic() -> None:
    world = rolled("traffic-first")
    follow(world)

    restored_first = world.restores == ["edge"] and world.state.undone == 0
    for undone in (1, 2):
        world.tell(Answered(at=world.now, what="undo", outcome="passed"))
        assert world.state.undone == undone
        follow(world)

    assert restored_first
    assert world.state.phase == "rolled-back"


def test_hooks_may_be_undone_before_the_traffic_goes_back() -> None:
    world = rolled("hooks-first")
    follow(world)
    held = list(world.restores)

    for _ in range(2):
        world.tell(Answered(at=world.now, what="undo", outcome="passed"))
        follow(world)

    assert held == []
    assert world.restores == ["edge"]
    assert world.state.phase == "rolled-back"


@pytest.mark.parametrize("order", ["retry", "pass"])
def test_an_undo_that_fails_waits_for_people(order: str) -> None:
    world = rolled("hooks-first")
    follow(world)
    world.tell(Answered(at=world.now, what="undo", outcome="failed", detail="broken"))
    follow(world)

    stuck = (world.state.phase, world.state.undone)
    world.order(order)
    follow(world)

    assert stuck == ("rolling-back", 0)
    assert "undo-failed" in world.said()
    assert world.state.undone == (1 if order == "pass" else 0)
    assert world.state.hook is not None
    assert world.state.hook.standing == "open"


def test_a_pause_holds_and_a_resumption_goes_on_where_it_was() -> None:
    world = baking(canary())
    world.order("pause", reason="lunch")

    tick(world, 1000.0)
    held = (world.state.phase, world.state.step)
    world.order("resume")
    tick(world)

    assert held == ("paused", 0)
    assert world.state.step == 1


def test_pausing_twice_is_pausing_once() -> None:
    world = baking(canary())
    world.order("pause")
    before = world.state

    decision = world.order("pause")

    assert (world.state, decision.refusal) == (before, "")


def test_promote_ends_a_step_early_whatever_it_waits_for() -> None:
    world = baking(canary(analysis=judged()))

    world.order("promote")

    assert world.state.step == 1
    assert world.moves[-1] == (1, "edge", 50_000)


def test_promote_full_goes_to_the_last_step() -> None:
    world = baking(canary())

    world.order("promote-full")
    follow(world)

    assert world.state.step == 2
    assert world.places["flag"] == "flag in step 2: 100000"


def test_promote_full_leaves_out_no_hook() -> None:
    steps = (step(5_000, "edge"), step(50_000, "edge", hook=HOOK), step(100_000, "edge"))
    world = baking(canary(steps=steps, names=("edge",)))

    decision = world.order("promote-full")

    assert "hook" in decision.refusal
    assert world.state.step == 0


def test_promote_full_leaves_out_no_target() -> None:
    steps = (step(5_000, "edge"), step(50_000, "edge", "flag"), step(100_000, "edge"))
    world = baking(canary(steps=steps))

    decision = world.order("promote-full")

    assert decision.refusal
    assert world.state.step == 0


def test_retry_does_the_step_once_more() -> None:
    world = baking(canary(), steps=2)
    world.order("pause")
    before = len(world.moves)

    world.order("retry")
    follow(world)

    assert world.moves[before:] == [(1, "edge", 50_000), (1, "flag", 50_000)]
    assert world.state.phase == "baking"
    assert world.state.attempt == 2


def test_the_place_is_saved_once_so_that_a_retry_does_not_change_where_it_goes_back_to() -> None:
    world = baking(canary(), steps=2)
    world.order("pause")
    world.order("retry")
    follow(world)

    world.order("abort")
    follow(world)

    assert world.places == {name: world.original(name) for name in ("edge", "flag")}


def test_somebody_elses_change_pauses() -> None:
    world = baking(canary())

    world.tell(Interfered(at=world.now, targets=("flag",), detail="was switched off by ada"))

    assert world.state.phase == "paused"
    assert "switched off by ada" in world.state.cause


def test_a_revert_takes_its_target_and_everything_else_goes_back() -> None:
    world = baking(canary())
    world.places["flag"] = "reverted"

    world.tell(Interfered(at=world.now, targets=("flag",), detail="was reverted by ada", released=True))
    follow(world)

    assert world.state.phase == "rolled-back"
    assert world.restores == ["edge"]
    assert world.places["flag"] == "reverted"


def test_traffic_that_does_not_split_as_told_passes_no_gate() -> None:
    gate = Gate(name="share", kind="share")
    world = baking(canary(steps=(step(5_000, "edge", gates=(gate,)), step(100_000, "edge")), names=("edge",)))

    world.tell(Shared(at=world.now, target="edge", verdict="off", detail="5 % wanted, 10 % seen"))
    world.tell(Shared(at=world.now, target="edge", verdict="off", detail="5 % wanted, 10 % seen"))
    tick(world, 100.0)
    held = world.state.step
    world.tell(Shared(at=world.now, target="edge", verdict="ok", detail="5 % wanted, 5.1 % seen"))
    tick(world)

    assert (held, world.state.step) == (0, 1)
    assert world.said().count("share-off") == 1


def test_the_end_is_verified_before_it_is_the_end() -> None:
    world = baking(canary(after=(approval("look"),)), steps=3)
    tick(world, 61.0)

    verifying = world.state.phase
    world.order("pass", "look")
    tick(world)

    assert (verifying, world.state.phase) == ("verifying", "succeeded")


def test_a_dark_launch_ends_with_a_reminder() -> None:
    world = baking(canary(reminder="remove the flag"), steps=3)

    tick(world, 61.0)

    assert world.notes[-1] == ("reminder", "remove the flag")


def test_a_rollout_that_moves_nothing_is_judged_all_the_same() -> None:
    plan = replace(canary(analysis=judged()), targets=(), steps=(replace(step(0), weights={}),))
    world = World(plan)
    follow(world)

    tick(world, 100.0)
    unknown = world.state.phase
    measure(world, bad=10.0, windows=10)
    tick(world)

    assert (unknown, world.state.phase) == ("baking", "succeeded")


def test_a_step_that_gives_all_to_the_candidate_has_nothing_to_compare() -> None:
    world = baking(canary(names=("edge",), steps=(step(100_000, "edge"),), analysis=judged()))

    tick(world, 61.0)

    assert world.state.phase == "succeeded"


def test_what_cannot_be_put_back_keeps_nothing_else_from_going_back() -> None:
    world = baking(canary())
    world.order("abort")
    world.state = world.state.with_target(replace(world.state.target("flag"), standing="applied"))
    world.restores.clear()

    world.tell(Refused(at=world.now, target="flag", detail="locked"))
    tick(world, 1.0)
    world.tell(Routed(at=world.now, target="edge", standing="applied"))
    tick(world, 1.0)

    assert world.restores == ["edge"]
    assert world.state.phase == "rolling-back"


def test_what_waits_for_its_routers_goes_back_at_once_all_the_same() -> None:
    world = World(canary(names=("edge",)))
    tick(world)
    tick(world)
    world.tell(Routed(at=world.now, target="edge", standing="waiting", detail="waits for edge-1"))

    world.order("abort")

    assert world.restores == ["edge"]


def test_time_alone_is_no_transition() -> None:
    world = baking(canary(analysis=judged()))
    measure(world, bad=10.0, windows=3)
    tick(world, 1.0)
    before = len(world.log)

    for _ in range(10):
        tick(world, 0.5)

    assert len(world.log) == before


def succeeded() -> World:
    world = baking(canary(analysis=judged()), steps=1)
    for _ in range(3):
        world.order("promote")
        follow(world)
    return world


def rolled_back() -> World:
    world = baking(canary(analysis=judged()))
    world.order("abort")
    follow(world)
    return world


def aborted() -> World:
    world = World(canary(before=(approval(),)))
    tick(world)
    world.order("abort")
    return world


ORDERS: list[Any] = [
    *("start", "pause", "resume", "promote", "promote-full", "retry", "abort", "roll-back", "pass", "fail")
]


@pytest.mark.parametrize(
    ("ended", "phase"), [(succeeded, "succeeded"), (rolled_back, "rolled-back"), (aborted, "aborted")]
)
def test_what_has_ended_is_moved_by_nothing(ended: Callable[[], World], phase: str) -> None:
    world = ended()
    before = world.state
    happens: list[Any] = [
        Tick(at=world.now + 1e6),
        Routed(at=world.now, target="edge", standing="failed"),
        Answered(at=world.now, what="undo", outcome="passed"),
        Measured(at=world.now, measurements=(window(world.now, bad=900.0),)),
        Primed(at=world.now, measurements=(window(world.now),)),
        Shared(at=world.now, target="edge", verdict="ok"),
        Interfered(at=world.now, targets=("edge",), detail="was changed", released=True),
        Refused(at=world.now, target="edge", detail="no"),
    ]

    decisions = [*(world.tell(event) for event in happens), *(world.order(order) for order in ORDERS)]

    assert before.phase == phase
    assert world.state == before
    assert [(decision.effects, decision.notes) for decision in decisions] == [((), ())] * len(decisions)


def test_windows_without_data_are_silence_however_many_come() -> None:
    world = baking(canary(analysis=judged(unknown_seconds=100.0)))

    measure(world, bad=None, windows=8)
    tick(world)

    assert world.state.phase == "rolling-back"
    assert "nothing was known" in world.state.cause


def test_the_last_step_that_was_begun_is_undone_first() -> None:
    other = Hook(url="http://other.example/")
    steps = (step(5_000, "edge", undo=HOOK), step(50_000, "edge", undo=other), step(100_000, "edge"))
    world = baking(canary(steps=steps, names=("edge",)), steps=2)
    world.order("abort")
    follow(world)

    first = undo_of(world.plan, world.state)
    world.tell(Answered(at=world.now, what="undo", outcome="passed"))
    second = undo_of(world.plan, world.state)

    assert (first, second) == (1, 0)


def test_a_step_that_only_called_a_hook_is_undone_all_the_same() -> None:
    plan = canary(steps=(replace(step(0, undo=HOOK), weights={}), step(100_000, "edge")), names=("edge",))
    world = baking(plan)

    world.order("abort")
    follow(world)
    waiting = world.state.phase
    world.tell(Answered(at=world.now, what="undo", outcome="passed"))
    tick(world)

    assert (waiting, world.state.phase) == ("rolling-back", "rolled-back")
