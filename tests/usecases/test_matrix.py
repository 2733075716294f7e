"""The table of all flags: what it shows, what it reads anew, and how long it believes what it has read."""

from datetime import datetime, timedelta
from typing import Any

from flagsvc.domain.usage import Slot, Subject, hour_of
from flagsvc.ports import Transaction
from flagsvc.usecases import flags
from flagsvc.usecases.matrix import MatrixMemory, read_matrix
from tests.usecases.world import START, World, flag

NOW = START + timedelta(days=1, minutes=30)
ON = {"enabled": True}


def _cells(world: World, key: str = "new", *, memory: MatrixMemory | None = None, now: datetime = NOW) -> Any:
    shown = read_matrix(world.store, memory or MatrixMemory(), now).shown(archived=True)
    return next(item for item in shown["items"] if item["key"] == key)["environments"]


def _use(world: World, uses: int, at: datetime, *, environment: str = "prod", key: str = "new") -> None:
    def work(tx: Transaction) -> None:
        slot = Slot(Subject(environment, "flag", key), hour_of(at), "on", 1)
        tx.add_uses({slot: uses}, at.isoformat())

    world.store.run([], work)


def test_every_flag_has_a_cell_for_every_open_environment(world: World) -> None:
    for key in ("b", "a"):
        world.flag(key)

    shown = read_matrix(world.store, MatrixMemory(), NOW).shown(archived=False)

    assert [each["key"] for each in shown["environments"]] == ["dev", "prod"]
    assert [(item["key"], list(item["environments"])) for item in shown["items"]] == [
        ("a", ["dev", "prod"]),
        ("b", ["dev", "prod"]),
    ]


def test_what_changed_is_read_again_and_nothing_else(small_world: World) -> None:
    small_world.flag()
    memory = MatrixMemory()
    before = read_matrix(small_world.store, memory, NOW)
    small_world.merge(flag(), ON)

    after = read_matrix(small_world.store, memory, NOW)

    assert after.sides["dev"] is before.sides["dev"]
    assert after.sides["prod"].flags["new"]["state"] == "on"
    assert after.fingerprint != before.fingerprint


def test_nothing_new_has_the_same_fingerprint(small_world: World) -> None:
    small_world.flag()
    memory = MatrixMemory()

    prints = {read_matrix(small_world.store, memory, NOW + timedelta(seconds=n)).fingerprint for n in (0, 59)}

    assert len(prints) == 1


def test_archived_flags_are_shown_when_asked_for(small_world: World) -> None:
    small_world.flag()
    flags.archive_flag(small_world.store, small_world.intent(), "new")

    matrix = read_matrix(small_world.store, MatrixMemory(), NOW)

    assert matrix.shown(archived=False)["items"] == []
    [item] = matrix.shown(archived=True)["items"]
    assert (item["archived"], item["environments"]["prod"]["state"]) == (True, "off")


def test_uses_stand_in_their_hours_the_one_under_way_last(world: World) -> None:
    world.flag()
    _use(world, 7, NOW)
    _use(world, 3, NOW - timedelta(hours=23))
    _use(world, 100, NOW - timedelta(hours=24))

    cells = _cells(world)

    assert cells["prod"]["uses"] == [3, *[0] * 22, 7]
    assert cells["prod"]["lastEvaluatedAt"] is not None
    assert (cells["dev"]["uses"], cells["dev"]["lastEvaluatedAt"]) == (None, None)


def test_variants_and_revisions_are_added_up(world: World) -> None:
    world.flag()
    subject = Subject("prod", "flag", "new")
    slots = {Slot(subject, hour_of(NOW), variant, revision): 5 for variant in ("on", "off") for revision in (1, 2)}
    world.store.run([], lambda tx: tx.add_uses(slots, NOW.isoformat()))

    assert _cells(world)["prod"]["uses"][-1] == 20


def test_uses_are_at_most_a_minute_old(small_world: World) -> None:
    small_world.flag()
    memory = MatrixMemory()
    _cells(small_world, memory=memory)
    _use(small_world, 7, NOW)

    soon = _cells(small_world, memory=memory, now=NOW + timedelta(seconds=59))
    later = _cells(small_world, memory=memory, now=NOW + timedelta(seconds=60))

    assert (soon["prod"]["uses"], later["prod"]["uses"][-1]) == (None, 7)


def test_an_hour_that_is_over_is_kept_and_one_that_may_still_grow_is_not(small_world: World) -> None:
    small_world.flag()
    memory, first = MatrixMemory(), NOW.replace(minute=5)
    _use(small_world, 1, first - timedelta(hours=1))
    _cells(small_world, memory=memory, now=first)
    _use(small_world, 1, first - timedelta(hours=1))
    grown = _cells(small_world, memory=memory, now=first + timedelta(minutes=6))
    _use(small_world, 1, first - timedelta(hours=1))

    kept = _cells(small_world, memory=memory, now=first + timedelta(minutes=12))

    assert (grown["prod"]["uses"][-2], kept["prod"]["uses"][-2]) == (2, 2)


def test_hours_move_on_with_the_clock(small_world: World) -> None:
    small_world.flag()
    memory = MatrixMemory()
    _use(small_world, 9, NOW)
    _cells(small_world, memory=memory)

    later = _cells(small_world, memory=memory, now=NOW + timedelta(hours=3))

    assert later["prod"]["uses"] == [*[0] * 20, 9, 0, 0, 0]


def test_a_clock_that_ran_backwards_is_no_reason_to_believe_old_hours(small_world: World) -> None:
    small_world.flag()
    memory = MatrixMemory()
    _cells(small_world, memory=memory)
    _use(small_world, 4, NOW - timedelta(hours=2))

    earlier = _cells(small_world, memory=memory, now=NOW - timedelta(hours=2))

    assert earlier["prod"]["uses"][-1] == 4
