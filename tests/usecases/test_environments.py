"""Environments: isolated histories with policies of their own."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from flagsdk.wire import is_older, time_of
from flagsvc.domain.errors import (
    Archived,
    BadQuery,
    Exists,
    InUse,
    Invalid,
    NotFound,
    PreconditionRequired,
    ReasonRequired,
)
from flagsvc.domain.page import Page
from flagsvc.domain.patch import Patch
from flagsvc.domain.records import CATALOG
from flagsvc.usecases import environments, flags, history, setup
from flagsvc.usecases.intent import Written
from tests.store.engines import contents
from tests.usecases.world import EPOCH, START, World, flag, split


def test_a_new_environment_has_every_flag_disabled(world: World) -> None:
    """Also the archived ones, so that restoring them later reaches it."""
    world.flag()
    world.flag("old")
    flags.archive_flag(world.store, world.intent(), "old")

    written = environments.create_environment(world.store, world.intent(), {"key": "qa", "name": "Quality"})

    assert (written.created, written.heads) == (True, {"qa": 1})
    assert list(world.whole("qa").documents) == ["flag/new"]
    flags.restore_flag(world.store, world.intent(), "old")
    assert sorted(world.whole("qa").documents) == ["flag/new", "flag/old"]
    assert world.verified()


def test_a_copied_environment_keeps_every_cohort(world: World) -> None:
    """Salts and tables come along; archived segments stay behind; the histories are two."""
    world.flag()
    world.segment()
    world.split()
    world.weigh(flag(), {"on": 20_000, "off": 80_000})
    world.weigh(flag(), {"on": 10_000, "off": 90_000})

    environments.create_environment(world.store, world.intent(), {"key": "qa", "copyFrom": "prod"})

    assert world.whole("qa").documents == world.whole("prod").documents
    assert (world.revision("qa"), world.whole("qa").epoch) == (1, EPOCH)
    world.weigh(split(environment="qa"), {"canary": 50_000, "stable": 50_000})
    assert "split" not in world.get(split())["default"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"key": "all"}, "/key"),
        ({"key": "_catalog"}, "/key"),
        ({"name": "x"}, "/key"),
        ({"key": "x", "copyFrom": "moon"}, "/copyFrom"),
        ({"key": "x", "protected": "yes"}, "/protected"),
        ({"key": "x", "colour": 1}, "/colour"),
        ({"key": "x", "name": "\0"}, "/name"),
    ],
)
def test_wrong_environments_are_refused(small_world: World, body: dict[str, Any], pointer: str) -> None:
    """By place; nothing is stored."""
    before = contents(small_world.store)
    with pytest.raises(Invalid) as refusal:
        environments.create_environment(small_world.store, small_world.intent(), body)
    assert pointer in [fault.pointer for fault in refusal.value.faults]
    assert contents(small_world.store) == before


def test_environments_are_listed_read_and_edited(small_world: World) -> None:
    """Like any document; a save without an edit is none."""
    store = small_world.store
    assert [item["key"] for item in environments.list_environments(store, Page()).items] == ["dev", "prod"]
    with pytest.raises(Exists):
        environments.create_environment(store, small_world.intent(), {"key": "prod"})
    with pytest.raises(BadQuery):
        environments.list_environments(store, Page(sort="moon"))

    found = environments.get_environment(store, "prod")
    intent = small_world.intent(expected=found.version)
    assert environments.put_environment(store, intent, "prod", found.document).change_id is None
    edited = environments.put_environment(store, small_world.intent(), "prod", {"description": "live"})
    assert edited.document is not None
    assert (edited.document["description"], edited.document["protected"]) == ("live", False)


def test_an_archived_environment_is_gone_but_for_its_history(small_world: World) -> None:
    """No reads of documents, no writes, no head for readers; the past can be read and verified. The last one stays."""
    small_world.flag()
    environments.archive_environment(small_world.store, small_world.intent(), "prod")

    with pytest.raises(NotFound):
        small_world.get(flag())
    with pytest.raises(NotFound):
        small_world.merge(flag(), {"enabled": True})
    with pytest.raises(Archived):
        environments.patch_environment(small_world.store, small_world.intent(), "prod", Patch("merge", {"name": "x"}))
    with pytest.raises(InUse):
        environments.archive_environment(small_world.store, small_world.intent(), "dev")
    assert len(history.list_changes(small_world.store, "prod", Page()).items) == 1
    small_world.flag("later")
    assert (small_world.revision("prod"), small_world.revision("dev")) == (1, 2)
    again = environments.archive_environment(small_world.store, small_world.intent(), "prod")
    assert again.change_id is None
    assert small_world.verified()


def test_a_protected_environment_wants_to_know_the_version(small_world: World) -> None:
    """Every change of what is there names the version it is based on; creation needs none."""
    small_world.flag()
    small_world.protect("prod")
    small_world.segment()
    writes: list[Callable[[], Written]] = [
        lambda: small_world.merge(flag(), {"enabled": True}),
        lambda: small_world.weigh(flag(), {"on": 100_000}),
        lambda: flags.archive_flag(small_world.store, small_world.intent(), "new"),
        lambda: environments.archive_environment(small_world.store, small_world.intent(), "prod"),
    ]
    for write in writes:
        with pytest.raises(PreconditionRequired):
            write()
    small_world.merge(flag(), {"enabled": True}, expected=1)
    small_world.merge(flag(environment="dev"), {"enabled": True})


def test_an_environment_can_require_reasons(small_world: World) -> None:
    """No change without one, blank ones do not count; it is kept in the trail."""
    small_world.protect("prod", requireReason=True)
    for reason in ("", "  "):
        with pytest.raises(ReasonRequired):
            flags.create_flag(small_world.store, small_world.intent(reason=reason), {"key": "x", "type": "boolean"})
    with pytest.raises(Invalid):
        flags.create_flag(small_world.store, small_world.intent(reason="\0"), {"key": "x", "type": "boolean"})

    flags.create_flag(small_world.store, small_world.intent(reason="launch"), {"key": "x", "type": "boolean"})
    assert history.get_change(small_world.store, "prod", 1)["reason"] == "launch"
    with pytest.raises(ReasonRequired):
        small_world.segment()


def test_a_history_begins_once(world: World) -> None:
    """Initialising again changes nothing, whatever the epoch."""
    before = contents(world.store)
    assert not setup.initialise(world.store, "another", world.intent())
    assert contents(world.store) == before


def test_a_new_epoch_is_later_than_the_stored_ones_though_the_clock_went_back(world: World) -> None:
    """An environment that was archived keeps its place in the order, too."""
    first = setup.new_epoch(world.store, world.intent(now=START + timedelta(days=1)))
    environments.archive_environment(world.store, world.intent(), "dev")

    second = setup.new_epoch(world.store, world.intent())

    assert is_older(first, second)
    assert time_of(second) == (time_of(first) or 0) + 1


def test_a_history_begins_with_a_dated_epoch(world: World) -> None:
    assert time_of(setup.first_epoch(world.intent(now=START))) == START.timestamp() * 1000


def test_a_restored_database_gets_a_new_epoch(world: World) -> None:
    """Everywhere at once, audited, and documents stay."""
    world.flag()
    before = world.whole()
    epoch = setup.new_epoch(world.store, world.intent())

    after = world.whole()
    assert (after.epoch, after.revision, after.documents) == (epoch, before.revision, before.documents)
    assert epoch != EPOCH
    assert history.list_changes(world.store, CATALOG, Page(limit=1)).items[0]["action"] == "epoch.new"
    assert world.verified()
