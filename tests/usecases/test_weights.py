"""The percentage change: as few units as possible move, and the answer says who."""

from typing import Any

import pytest

from flagsvc.domain.errors import Archived, Invalid
from flagsvc.usecases import flags, reverts, weights
from tests.usecases.world import World, flag, split, table

ARMS = {"type": "string", "variants": {"control": "c", "a": "x", "b": "y"}}


@pytest.fixture
def world(small_world: World) -> World:
    small_world.flag()
    small_world.flag("theme", **ARMS)
    small_world.split()
    return small_world


def test_a_ramp_only_adds_and_the_way_back_restores(world: World) -> None:
    """5 → 25 → 50 % adds units; walking back gives the very tables of the way up."""
    tables = []
    for percent in (5, 25, 50, 25, 5):
        world.weigh(split(), {"canary": percent * 1000, "stable": 100_000 - percent * 1000})
        tables.append(table(world.get(split())))
    assert tables[0] == [["canary", 0, 5_000], ["stable", 5_000, 100_000]]
    assert (tables[3], tables[4]) == (tables[1], tables[0])


def test_who_moves_is_exact(world: World) -> None:
    """Weights in words and numbers; nobody moves between two that both grow."""
    world.weigh(flag("theme"), {"control": 40_000, "a": 30_000, "b": 30_000})
    written = world.weigh(flag("theme"), {"control": 34_000, "a": 33_000, "b": 33_000})
    assert written.moves == [
        {
            "document": "flag/theme",
            "pointer": "/default/split",
            "moves": [{"from": "control", "to": "a", "weight": 3_000}, {"from": "control", "to": "b", "weight": 3_000}],
            "summary": "3.0 % control → a, 3.0 % control → b, nobody else, once it is on",
        }
    ]


def test_a_rule_has_weights_of_its_own(world: World) -> None:
    """Named by its id; the default stays."""
    rule = {"id": "germans", "when": {"attribute": "country", "op": "in", "values": ["DE"]}, "serve": "on"}
    world.merge(flag(), {"rules": [rule]})

    written = world.weigh(flag(), {"on": 90_000, "off": 10_000}, rule="germans")

    document = world.get(flag())
    assert document["default"] == {"serve": "on"}
    assert document["rules"][0]["split"]["allocation"] == [["on", 0, 90_000], ["off", 90_000, 100_000]]
    assert written.moves[0]["pointer"] == "/rules/0/split"


def test_the_same_weights_change_nothing(world: World) -> None:
    """A second identical call is no change."""
    weights = {"on": 12_345, "off": 87_655}
    world.weigh(flag(), weights)
    again = world.weigh(flag(), weights)
    assert (again.change_id, again.moves, again.version) == (None, [], 4)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"weights": {"on": 100_001}}, "/weights/on"),
        ({"weights": {"on": 50_000}}, "/weights"),
        ({"weights": {"moon": 100_000}}, "/weights/moon"),
        ({"weights": None}, "/weights"),
        ({"weights": []}, "/weights"),
        ({"weights": {"on": 50_000.0, "off": 50_000}}, "/weights/on"),
        ({"weights": {"on": 100_000}, "rule": "moon"}, "/rule"),
        ({"weights": {"on": 100_000}, "salt": "x"}, "/salt"),
        ({}, "/weights"),
    ],
)
def test_wrong_weights_are_refused(world: World, body: dict[str, Any], pointer: str) -> None:
    """By place; nothing is stored."""
    before = world.whole()
    with pytest.raises(Invalid) as refusal:
        weights.set_weights(world.store, world.intent(), flag(), body)
    assert pointer in [fault.pointer for fault in refusal.value.faults]
    assert world.whole() == before


def test_a_revert_puts_the_very_same_units_back(world: World) -> None:
    """Back to a stored table, however the weights wandered since; and it is a new change."""
    world.weigh(flag("theme"), {"control": 90_000, "a": 5_000, "b": 5_000})
    kept, revision = world.get(flag("theme")), world.revision()
    for given in ({"control": 20_000, "a": 70_000, "b": 10_000}, {"control": 60_000, "a": 0, "b": 40_000}):
        world.weigh(flag("theme"), given)
    assert table(world.get(flag("theme"))) != table(kept)

    written = reverts.revert_document(world.store, world.intent(), flag("theme"), revision)

    assert table(world.get(flag("theme"))) == table(kept)
    assert written.revision == revision + 3
    assert written.moves


def test_an_archived_flag_has_no_weights_to_change(world: World) -> None:
    """Restore it first."""
    flags.archive_flag(world.store, world.intent(), "new")
    with pytest.raises(Archived):
        world.weigh(flag(), {"on": 100_000})


def test_a_pointer_leads_to_the_weights_that_were_sent(small_world: World) -> None:
    small_world.flag()
    with pytest.raises(Invalid) as refusal:
        small_world.weigh(flag(), {"on": 25, "off": 75, "of": -1})

    assert {fault.pointer for fault in refusal.value.faults} == {"/weights", "/weights/of"}
    assert "25 % is 25000" in str(refusal.value)
