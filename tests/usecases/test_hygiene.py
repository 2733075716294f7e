"""Stale flags from what is stored: who uses them, who evaluated them, and that archiving agrees."""

from datetime import datetime, timedelta

from flagsvc.domain.errors import InUse, RolloutActive
from flagsvc.domain.instants import text_of
from flagsvc.domain.usage import Slot, Subject, hour_of
from flagsvc.usecases import flags
from flagsvc.usecases.hygiene import list_stale_flags
from flagsvc.usecases.rollouts import create_rollout
from tests.usecases.world import START, World, flag

LATER = START + timedelta(days=40)


def _stale(world: World, now: datetime = LATER) -> dict[str, dict[str, object]]:
    return {item["key"]: item for item in list_stale_flags(world.store, now, 30)}


def test_a_flag_that_was_made_and_left_is_stale(world: World) -> None:
    world.flag(owner="payments", tags=["a"], name="New")

    found = _stale(world)["new"]

    assert {name: found[name] for name in ("owner", "tags", "name", "type")} == {
        "owner": "payments",
        "tags": ["a"],
        "name": "New",
        "type": "boolean",
    }
    assert (found["canArchive"], found["blockedBy"]) == (True, [])
    assert "archive" in str(found["advice"])


def test_an_evaluation_in_any_environment_counts(world: World) -> None:
    world.flag()
    world.merge(flag(), {"enabled": True, "rules": [{"when": {"attribute": "a", "op": "exists"}, "serve": "on"}]})
    slot = Slot(Subject("dev", "flag", "new"), hour_of(LATER), "on", 1)

    before = _stale(world)
    world.store.run([], lambda tx: tx.add_uses({slot: 1}, text_of(LATER)))

    assert list(before) == ["new"]
    assert _stale(world) == {}


def test_archived_flags_are_nobodys_concern(small_world: World) -> None:
    small_world.flag()
    flags.archive_flag(small_world.store, small_world.intent(), "new")

    assert _stale(small_world) == {}


def test_what_it_says_of_archiving_is_what_archiving_does(world: World) -> None:
    for key in ("parent", "child", "moved", "free"):
        world.flag(key)
    world.merge(flag("child"), {"prerequisites": [{"flag": "parent", "variants": ["on"]}]})
    world.merge(flag("moved"), {"enabled": True})
    target = {"name": "f", "kind": "flag", "key": "moved", "candidate": "on", "baseline": "off"}
    plan = {"strategy": "canary", "targets": [target], "steps": [{"name": "all", "weights": {"f": 100_000}}]}
    create_rollout(world.store, world.intent(), "prod", {"key": "r", "plan": plan})

    found = _stale(world)

    assert found["parent"]["blockedBy"] == [{"environment": "prod", "kind": "flag", "key": "child"}]
    assert found["moved"]["blockedBy"] == [{"environment": "prod", "kind": "rollout", "key": "r"}]
    assert {key: item["canArchive"] for key, item in found.items()} == {key: _archives(world, key) for key in found}


def _archives(world: World, key: str) -> bool:
    try:
        flags.archive_flag(world.store, world.intent(dry_run=True), key)
    except (InUse, RolloutActive):
        return False
    return True
