"""What holds rollouts back when they begin and advance, and how people let them pass: by name, with a reason."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

import pytest

from flagsvc.domain.errors import HeldBack, WrongPhase
from flagsvc.domain.records import Ref
from flagsvc.domain.rollouts.budget import PER_HOUR
from flagsvc.domain.rollouts.deployment import moment
from flagsvc.domain.rollouts.records import LogEntry
from flagsvc.domain.rollouts.state import Phase, RolloutState
from flagsvc.domain.rollouts.text import state_of_text, text_of_state
from flagsvc.usecases import documents, rollouts
from flagsvc.usecases.holding import Holding, has_budget, held_now
from flagsvc.usecases.intent import Written
from tests.usecases.world import World

ASKED = {"reason": "the fix cannot wait"}


def plan(key: str, **members: Any) -> dict[str, Any]:
    target = {"name": "edge", "kind": "split", "key": key, "candidate": "canary", "baseline": "stable"}
    steps = [{"name": "some", "weights": {"edge": 5_000}}, {"name": "all", "weights": {"edge": 100_000}}]
    return {"strategy": "canary", "targets": [target], "steps": steps, **members}


def begin(world: World, key: str = "checkout", environment: str = "prod", **members: Any) -> Written:
    body = {"plan": plan(key), **members}
    return rollouts.create_rollout(world.store, world.intent(), environment, body)


def freeze(world: World, key: str = "sale", **members: Any) -> None:
    body = {"key": key, "reason": "the sale", **members}
    documents.create_document(world.store, world.intent(), "prod", "freeze", body)


def clock(world: World) -> float:
    with world.store.reading() as view:
        return view.seconds()


def held(world: World, key: str = "checkout-1", at: float | None = None, per_hour: int = PER_HOUR) -> str:
    with world.store.reading() as view:
        return held_now(view, Ref("prod", "rollout", key), view.seconds() if at is None else at, per_hour)


def put(world: World, key: str, phase: Phase, **members: Any) -> None:
    """Store how far a rollout is, as if it had come there."""

    def work(tx: Any) -> None:
        stored = tx.rollout("prod", key)
        state: RolloutState = replace(state_of_text(stored.text), phase=phase, **members)
        at = moment(tx.seconds())
        number = stored.version + 1
        after = replace(stored, phase=phase, text=text_of_state(state), version=number, at=at)
        assert tx.put_rollout(after, LogEntry("prod", key, number, at, phase, "{}", "[]", "[]"), None)

    world.store.run(["prod"], work)


@pytest.fixture
def split(world: World) -> World:
    world.split()
    return world


def override(world: World, key: str = "checkout-1") -> Mapping[str, Any] | None:
    kept: Mapping[str, Any] | None = world.get(Ref("prod", "rollout", key))["override"]
    return kept


def test_during_a_freeze_nothing_begins(split: World) -> None:
    freeze(split)

    with pytest.raises(HeldBack, match="'prod' is frozen by 'sale' until somebody ends it: the sale"):
        begin(split)


def test_whoever_says_why_may_begin_and_that_is_kept(split: World) -> None:
    freeze(split)

    begin(split, override=ASKED)

    kept = override(split)
    assert kept is not None
    assert (kept["reason"], kept["by"], kept["of"]) == ("the fix cannot wait", "ada", ["freeze/sale"])
    assert held(split) == ""
    assert split.verified()


def test_an_override_lets_pass_what_it_was_given_for_and_nothing_else(split: World) -> None:
    freeze(split)
    begin(split, override=ASKED)

    freeze(split, "incident")

    assert "'incident'" in held(split)


def test_a_freeze_that_comes_later_holds_what_has_begun(split: World) -> None:
    begin(split)
    before = held(split)

    freeze(split)

    assert before == ""
    assert "'sale'" in held(split)


def test_a_start_in_the_future_is_not_refused_for_the_freeze_of_today(split: World) -> None:
    freeze(split, until=moment(clock(split) + 3600))

    begin(split, startAt=moment(clock(split) + 7200))

    assert held(split)
    assert held(split, at=clock(split) + 7200) == ""


def test_a_start_planned_into_a_freeze_waits_unless_it_is_overridden(split: World) -> None:
    later = clock(split) + 7200
    freeze(split, **{"from": moment(later - 60), "until": moment(later + 60)})
    split.split("search")

    begin(split, startAt=moment(later))
    begin(split, "search", startAt=moment(later), override=ASKED)

    assert held(split, at=later)
    assert held(split, "search-1", at=later) == ""


@pytest.mark.parametrize("order", ["start", "promote", "promote-full"])
def test_a_command_that_advances_is_refused_and_changes_nothing_unless_it_says_why(split: World, order: Any) -> None:
    begin(split, startAt=moment(clock(split) + 7200))
    if order != "start":
        put(split, "checkout-1", "baking", step=0, begun=1)
    freeze(split)
    ref = Ref("prod", "rollout", "checkout-1")
    before = split.get(ref)

    with pytest.raises(HeldBack):
        rollouts.command(split.store, split.intent(), ref, order)

    assert split.get(ref) == before
    written = rollouts.command(split.store, split.intent(override=ASKED), ref, order)
    kept = override(split)
    assert kept is not None
    assert kept["of"] == ["freeze/sale"]
    assert written.change_id is not None


@pytest.mark.parametrize("order", ["pause", "abort", "roll-back"])
def test_a_freeze_never_hinders_the_way_back(split: World, order: Any) -> None:
    begin(split)
    put(split, "checkout-1", "baking", step=0, begun=1)
    freeze(split)

    rollouts.command(split.store, split.intent(), Ref("prod", "rollout", "checkout-1"), order)


def test_an_override_does_not_help_where_the_phase_forbids(split: World) -> None:
    begin(split)
    put(split, "checkout-1", "succeeded")
    freeze(split)

    with pytest.raises(WrongPhase):
        rollouts.command(split.store, split.intent(override=ASKED), Ref("prod", "rollout", "checkout-1"), "promote")
    assert override(split) is None


def test_what_was_rolled_back_cools_down(split: World) -> None:
    begin(split)
    put(split, "checkout-1", "rolled-back", back_since=clock(split) - 60, ended_at=clock(split) - 50)
    split.split("search")

    with pytest.raises(HeldBack, match=r"split/checkout cools down until .* the rollout 'checkout-1' was rolled back"):
        begin(split)
    begin(split, "search")
    begin(split, override=ASKED)

    assert [held(split, key) for key in ("search-1", "checkout-2")] == ["", ""]
    kept = override(split, "checkout-2")
    assert kept is not None
    assert kept["of"] == ["cooldown"]


def test_a_used_up_budget_holds_everything_everywhere(split: World) -> None:
    split.split(environment="dev")
    begin(split)
    now = clock(split)
    put(split, "checkout-1", "rolled-back", automatic=True, back_since=now - 5000, ended_at=now - 4000)
    begin(split, override=ASKED)
    begin(split, environment="dev")
    put(split, "checkout-2", "rolling-back", automatic=True, back_since=now - 60)

    with split.store.reading() as view:
        assert has_budget(view, now, per_hour=2)
        assert not has_budget(view, now, per_hour=1)
        assert "everything stands still" in held_now(view, Ref("dev", "rollout", "checkout-1"), now, per_hour=1)
    with pytest.raises(HeldBack, match="1 is the most"):
        rollouts.create_rollout(
            split.store, split.intent(rollbacks_per_hour=1), "dev", {"key": "other", "plan": _other(split)}
        )


def _other(world: World) -> dict[str, Any]:
    world.split("search", environment="dev")
    return plan("search")


class _Counting:
    """A view that counts the documents that are read through it."""

    def __init__(self, view: Any) -> None:
        self._view, self.read = view, 0

    def document(self, ref: Ref) -> Any:
        self.read += 1
        return self._view.document(ref)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._view, name)


def test_a_loop_reads_what_has_gone_back_once_and_hears_of_new_ones(small_world: World) -> None:
    world, holding = small_world, Holding(per_hour=2)
    for key in ("cart", "search"):
        world.split(key)
        begin(world, key)
    now = clock(world)
    put(world, "cart-1", "rolled-back", automatic=True, back_since=now, ended_at=now)

    with world.store.reading() as view:
        seen = cast("Any", _Counting(view))
        first = holding.budget(seen, now), seen.read
        again = holding.budget(seen, now), seen.read
    put(world, "search-1", "rolling-back", automatic=True, back_since=now)
    with world.store.reading() as view:
        spent = holding.budget(view, now)

    assert (first, again, spent) == ((True, 1), (True, 1), False)
