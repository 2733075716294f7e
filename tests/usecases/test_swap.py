"""Blue and green: everything to one backend, back by the same call."""

from typing import Any

import pytest

from flagsvc.domain.errors import Archived, Invalid, ReasonRequired, StaleRevision
from flagsvc.usecases import documents, reverts
from flagsvc.usecases.intent import Written
from flagsvc.usecases.swap import swap
from tests.usecases.world import World, split, table

BLUE, GREEN = {"blue": 100_000, "green": 0}, {"blue": 0, "green": 100_000}


def swapped(world: World, to: str | None = None, **members: Any) -> Written:
    return swap(world.store, world.intent(**members), split(), {} if to is None else {"to": to})


def weights(world: World) -> dict[str, int]:
    found: dict[str, int] = world.get(split())["default"]["split"]["weights"]
    return found


@pytest.fixture
def pair(small_world: World) -> World:
    small_world.split(backends=["blue", "green"], stable="blue")
    return small_world


def test_the_other_gets_everything_and_the_same_call_swaps_back(pair: World) -> None:
    there = swapped(pair)
    at_green = weights(pair)
    swapped(pair)

    [move] = there.moves
    assert move["moves"] == [{"from": "blue", "to": "green", "weight": 100_000}]
    assert at_green == GREEN
    assert weights(pair) == BLUE
    assert pair.get(split())["stable"] == "blue"


@pytest.mark.parametrize(
    "default", [{"serve": "green"}, {"split": {"weights": {"green": 100_000}}}, {"split": {"weights": GREEN}}]
)
def test_where_it_has_everything_already_nothing_changes(small_world: World, default: Any) -> None:
    small_world.split(backends=["blue", "green"], stable="blue", default=default)

    assert swapped(small_world, "green").change_id is None
    assert swapped(small_world).change_id
    assert weights(small_world) == BLUE


def test_of_more_than_two_one_is_named(small_world: World) -> None:
    small_world.split(backends=["blue", "green", "red"], stable="blue")

    with pytest.raises(Invalid) as refused:
        swapped(small_world)
    swapped(small_world, "red")

    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [("/to", "missing")]
    assert weights(small_world) == {"blue": 0, "green": 0, "red": 100_000}


def test_between_the_two_one_is_named_and_as_few_move_as_must(pair: World) -> None:
    pair.weigh(split(), {"blue": 30_000, "green": 70_000})

    with pytest.raises(Invalid) as refused:
        swapped(pair)
    moved = swapped(pair, "green")

    assert "Neither 'blue' nor 'green' has everything" in refused.value.faults[0].detail
    assert moved.moves[0]["moves"] == [{"from": "blue", "to": "green", "weight": 30_000}]


def test_the_way_back_to_a_revision_brings_the_very_table(pair: World) -> None:
    pair.weigh(split(), {"blue": 30_000, "green": 70_000})
    before, revision = table(pair.get(split())), pair.revision()
    swapped(pair, "green")

    reverts.revert_document(pair.store, pair.intent(), split(), revision)

    assert table(pair.get(split())) == before


def test_rules_targets_and_salt_stay(small_world: World) -> None:
    rules = [{"id": "de", "when": {"attribute": "country", "op": "equals", "values": ["DE"]}, "serve": "green"}]
    targets = [{"variant": "green", "units": ["u1"]}]
    small_world.split(backends=["blue", "green"], stable="blue", rules=rules, targets=targets)
    before = small_world.get(split())

    swapped(small_world)

    after = small_world.get(split())
    assert {name for name in after if after[name] != before[name]} == {"default", "version", "changedAt"}


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [({"to": "gren"}, "/to", "unknown-backend"), ({"into": "x"}, "/into", "unknown-member")],
)
def test_what_cannot_be_meant_is_refused(pair: World, body: Any, pointer: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        swap(pair.store, pair.intent(), split(), body)

    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [(pointer, code)]


def test_a_swap_is_a_write_like_any_other(pair: World) -> None:
    pair.protect("prod", requireReason=True)
    with pytest.raises(ReasonRequired):
        swapped(pair)
    with pytest.raises(StaleRevision):
        swapped(pair, reason="now", expected=99)
    swap(pair.store, pair.intent(), split(), {"reason": "release 7"})
    documents.archive_document(pair.store, pair.intent(reason="gone"), split())
    with pytest.raises(Archived):
        swapped(pair, reason="now")

    with pair.store.reading() as view:
        change = view.change("prod", pair.revision() - 1)
    assert change is not None
    assert (change.action, change.reason) == ("split.swap", "release 7")
