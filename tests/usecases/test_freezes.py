"""Freezes as documents: in force when they are stored, lifted when archived, and lifted by nothing else."""

import pytest

from flagsvc.domain.errors import Invalid
from flagsvc.domain.records import Ref
from flagsvc.usecases import copies, documents, reverts
from flagsvc.usecases.freezes import freeze_now
from flagsvc.usecases.intent import Written
from flagsvc.usecases.zones import zone_of
from tests.usecases.world import World

SALE = Ref("prod", "freeze", "sale")
FRIDAY_NOON = 1_795_777_200.0
FRIDAY_NIGHT = FRIDAY_NOON + 8 * 3600
WEEKLY = {"weekdays": ["friday"], "start": "12:00", "end": "18:00", "zone": "Europe/Berlin"}


def freeze(world: World, key: str = "sale", environment: str = "prod", **members: object) -> Written:
    body = {"key": key, "reason": "the sale", **members}
    return documents.create_document(world.store, world.intent(), environment, "freeze", body)


def now(world: World, environment: str = "prod", at: float = FRIDAY_NOON) -> str:
    with world.store.reading() as view:
        return freeze_now(view, environment, at)


def test_an_environment_is_frozen_by_its_own_freezes_alone(world: World) -> None:
    freeze(world, weekly=WEEKLY)

    assert now(world) == "'prod' is frozen by 'sale' until 2026-11-27 17:00:00 UTC: the sale"
    assert now(world, at=FRIDAY_NIGHT) == ""
    assert now(world, "dev") == ""


def test_archiving_a_freeze_lifts_it_and_restoring_puts_it_in_force(world: World) -> None:
    freeze(world)

    documents.archive_document(world.store, world.intent(), SALE)
    lifted = now(world)
    documents.restore_document(world.store, world.intent(), SALE)

    assert lifted == ""
    assert now(world) == "'prod' is frozen by 'sale' until somebody ends it: the sale"


def test_reverting_the_environment_lifts_no_freeze(world: World) -> None:
    world.segment()
    before = world.revision()
    freeze(world)

    reverts.revert_environment(world.store, world.intent(), "prod", before)

    assert now(world)


def test_reverting_a_freeze_brings_its_window_back(world: World) -> None:
    first = freeze(world, weekly=WEEKLY)
    world.merge(SALE, {"weekly": None})

    reverts.revert_document(world.store, world.intent(), SALE, first.revision)

    assert world.get(SALE)["weekly"] == WEEKLY
    assert now(world, at=FRIDAY_NIGHT) == ""


def test_no_reader_is_given_a_freeze_and_no_other_environment_gets_a_copy(world: World) -> None:
    freeze(world)

    copies.copy_documents(world.store, world.intent(), "dev", {"from": "prod"})

    assert "freeze/sale" not in world.whole().documents
    assert now(world, "dev") == ""
    assert world.verified()


def test_what_is_left_out_is_written_as_null(world: World) -> None:
    written = freeze(world)

    assert written.document is not None
    assert (written.document["from"], written.document["until"], written.document["weekly"]) == (None, None, None)


def test_a_zone_that_is_not_known_is_refused_with_its_place(world: World) -> None:
    with pytest.raises(Invalid) as refused:
        freeze(world, weekly={**WEEKLY, "zone": "Europe/Atlantis"})

    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [("/weekly/zone", "unknown-zone")]


@pytest.mark.parametrize(
    "name", ["", "localtime", "posixrules", "../etc/passwd", "/etc/passwd", "Europe", "\0", "utc+1"]
)
def test_what_is_no_zone_of_the_database_is_none(name: str) -> None:
    assert zone_of(name) is None
