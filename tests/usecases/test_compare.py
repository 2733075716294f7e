"""Environments side by side, and that copying agrees with what the comparison says."""

import random
from typing import Any

import pytest

from flagsvc.domain.errors import BadQuery, NotFound
from flagsvc.usecases.compare import compare
from flagsvc.usecases.copies import copy_documents
from flagsvc.usecases.documents import archive_document
from tests.usecases.world import World, flag, segment, split

PLURAL = {"flag": "flags", "segment": "segments", "split": "splits"}
IN_GERMANY = {"attribute": "country", "op": "in", "values": ["DE"]}


def _items(world: World, *, everything: bool = False) -> dict[str, dict[str, Any]]:
    found = compare(world.store, ["dev", "prod"], everything=everything)["items"]
    return {f"{item['kind']}/{item['key']}": item for item in found}


def _copy(world: World, item: dict[str, Any], **members: Any) -> Any:
    body = {"from": "prod", PLURAL[item["kind"]]: [item["key"]]}
    return copy_documents(world.store, world.intent(**members), "dev", body)


def test_environments_that_are_the_same_differ_in_nothing(world: World) -> None:
    world.flag()

    assert _items(world) == {}
    assert list(_items(world, everything=True)) == ["flag/new"]


def test_a_difference_names_its_place_and_both_values(world: World) -> None:
    world.flag(name="New")
    world.merge(flag(), {"enabled": True})

    item = _items(world)["flag/new"]

    assert item["differences"] == [{"pointer": "/enabled", "values": {"dev": False, "prod": True}}]
    assert (item["name"], item["differs"], item["sameUnits"]) == ("New", True, None)
    assert item["sides"]["prod"]["enabled"] is True


def test_what_is_in_one_environment_only_differs(world: World) -> None:
    world.segment()
    world.segment("gone")
    archive_document(world.store, world.intent(), segment("gone"))

    found = _items(world)

    assert list(found) == ["segment/beta"]
    assert found["segment/beta"]["sides"]["dev"] is None
    assert found["segment/beta"]["differences"] == []


def test_the_same_weights_over_other_tables_are_pointed_out(world: World) -> None:
    world.split(environment="dev")
    world.split()
    for environment in ("dev", "prod"):
        world.weigh(split(environment=environment), {"stable": 60_000, "canary": 40_000})

    found = _items(world)

    assert (found["split/checkout"]["differs"], found["split/checkout"]["sameUnits"]) == (False, False)


def test_ids_of_rules_do_not_count(world: World) -> None:
    world.flag()
    for environment in ("dev", "prod"):
        world.merge(flag(environment=environment), {"rules": [{"when": IN_GERMANY, "serve": "on"}]})

    assert _items(world) == {}


def test_an_environment_is_named_once_and_is_there(small_world: World) -> None:
    with pytest.raises(BadQuery):
        compare(small_world.store, ["dev", "dev"])
    with pytest.raises(NotFound):
        compare(small_world.store, ["dev", "nowhere"])


@pytest.mark.parametrize("seed", range(6))
def test_copying_changes_what_is_listed_and_leaves_it_listed_no_more(small_world: World, seed: int) -> None:
    """Over random histories: a document is listed exactly when copying it would change it."""
    chance = random.Random(seed)  # noqa: S311  # to be repeated
    small_world.flag()
    for environment in ("dev", "prod"):
        small_world.split(environment=environment)
        small_world.segment(environment=environment)
    for _ in range(chance.randrange(1, 6)):
        _do(small_world, chance.choice(["dev", "prod"]), chance)
    listed = _items(small_world)

    for name, item in _items(small_world, everything=True).items():
        changed = _copy(small_world, item, dry_run=True).change_id is not None
        assert changed == (name in listed), name
        _copy(small_world, item)
        assert name not in _items(small_world)


def _do(world: World, environment: str, chance: random.Random) -> None:
    weight = chance.choice([10_000, 25_000, 60_000])
    on_off, backends = {"on": weight, "off": 100_000 - weight}, {"canary": weight, "stable": 100_000 - weight}
    what = chance.randrange(4)
    if what == 0:
        world.merge(flag(environment=environment), {"enabled": chance.random() < 0.5})
    elif what == 1:
        world.weigh(flag(environment=environment), on_off)
    elif what == 2:
        world.weigh(split(environment=environment), backends)
    else:
        world.merge(segment(environment=environment), {"included": chance.choice([["u1"], ["u2"], ["u1", "u2"]])})
