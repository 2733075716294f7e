"""Flag definitions: one flag, every environment, one transaction."""

from typing import Any

import pytest

from flagsvc.domain.errors import Archived, Exists, InUse, Invalid, NotFound, StaleRevision
from flagsvc.domain.page import Page
from flagsvc.domain.patch import Patch
from flagsvc.usecases import documents, flags
from tests.store.engines import contents
from tests.usecases.world import World, flag

TEXT: dict[str, Any] = {"type": "string", "variants": {"control": "c", "a": "x", "b": "y"}}


def test_a_flag_is_everywhere_and_disabled(world: World) -> None:
    """Creation writes a disabled configuration into each environment, with one change for each."""
    written = world.flag()

    assert (written.created, written.heads, written.change_id) == (True, {"dev": 1, "prod": 1}, "_catalog:4")
    for environment in ("dev", "prod"):
        document = world.get(flag(environment=environment))
        assert (document["enabled"], document["offVariant"]) == (False, "off")
        assert document["salt"] == flags.get_flag(world.store, "new").document["salt"]
    assert world.verified()


def test_a_flag_can_begin_configured(small_world: World) -> None:
    """Configurations given at creation are stored, tables included; faults point to them."""
    split = {"split": {"weights": {"on": 30_000, "off": 70_000}}}
    small_world.flag(environments={"prod": {"enabled": True, "default": split}})
    assert small_world.get(flag())["enabled"]
    assert not small_world.get(flag(environment="dev"))["enabled"]

    wrong = {"prod": {"offVariant": "x", "colour": 1}, "moon": {}, "dev": 3}
    with pytest.raises(Invalid) as refusal:
        small_world.flag("other", environments=wrong)
    assert {fault.pointer for fault in refusal.value.faults} == {"/environments/moon", "/environments/dev"}
    with pytest.raises(Invalid) as refusal:
        small_world.flag("other", environments={"prod": {"colour": 1}})
    assert [fault.pointer for fault in refusal.value.faults] == ["/environments/prod/colour"]
    with pytest.raises(Invalid) as refusal:
        small_world.flag("other", environments={"prod": {"offVariant": "x"}})
    assert "/environments/prod/offVariant" in [fault.pointer for fault in refusal.value.faults]
    with pytest.raises(Invalid):
        small_world.flag("other", environments=[])


def test_an_edit_reaches_every_environment(small_world: World) -> None:
    """Texts and variants change in all copies at once; configurations, salts and tables stay."""
    small_world.flag(**TEXT)
    small_world.weigh(flag(), {"control": 50_000, "a": 50_000})
    before = small_world.get(flag())

    body = {"variants": {**TEXT["variants"], "c": "z"}, "name": "Theme"}
    written = flags.patch_flag(small_world.store, small_world.intent(), "new", Patch("merge", body))

    after = small_world.get(flag())
    assert written.heads == {"dev": 2, "prod": 3}
    assert (after["name"], after["variants"]["c"], after["default"]) == ("Theme", "z", before["default"])
    assert small_world.get(flag(environment="dev"))["name"] == "Theme"


def test_a_variant_in_use_cannot_go(small_world: World) -> None:
    """Removing a variant names every configuration, and every flag that waits for it."""
    small_world.flag(**TEXT)
    small_world.flag("child")
    small_world.weigh(flag(), {"control": 50_000, "a": 50_000})
    small_world.merge(flag("child"), {"prerequisites": [{"flag": "new", "variants": ["b"]}]})

    for gone, users in (("a", ("prod/flag/new",)), ("b", ("prod/flag/child",))):
        with pytest.raises(InUse) as refusal:
            flags.patch_flag(small_world.store, small_world.intent(), "new", Patch("merge", {"variants": {gone: None}}))
        assert refusal.value.users == users

    small_world.merge(flag("child"), {"prerequisites": []})
    flags.patch_flag(small_world.store, small_world.intent(), "new", Patch("merge", {"variants": {"b": None}}))
    assert "b" not in small_world.get(flag())["variants"]


def test_archived_flags_leave_their_readers_and_come_back(world: World) -> None:
    """Archiving takes the flag from every snapshot, keeps its configurations, and restoring brings them back."""
    world.flag()
    world.weigh(flag(), {"on": 25_000, "off": 75_000})
    before = world.whole().documents

    flags.archive_flag(world.store, world.intent(), "new")
    assert world.whole().documents == {}
    assert flags.get_flag(world.store, "new").document["archived"] is True
    assert flags.list_flags(world.store, Page()).items == []
    with pytest.raises(Archived):
        world.merge(flag(), {"enabled": True})
    with pytest.raises(Archived):
        flags.put_flag(world.store, world.intent(), "new", {"type": "boolean"})
    with pytest.raises(Exists):
        world.flag()

    flags.restore_flag(world.store, world.intent(), "new")
    assert world.whole().documents == before
    assert world.verified()


def test_a_flag_that_others_wait_for_stays(small_world: World) -> None:
    """A parent in use cannot be archived; the refusal names its children."""
    small_world.flag("parent")
    small_world.flag("child")
    small_world.merge(flag("child"), {"prerequisites": [{"flag": "parent", "variants": ["on"]}]})

    with pytest.raises(InUse) as refusal:
        flags.archive_flag(small_world.store, small_world.intent(), "parent")
    assert refusal.value.users == ("prod/flag/child",)


def test_what_is_sent_back_unchanged_changes_nothing(small_world: World) -> None:
    """Reading and saving a definition or a configuration makes no change, whoever adds what to the answers."""
    small_world.flag(**TEXT, tags=["x"], name="Theme", expires="2027-01-01")
    small_world.weigh(flag(), {"control": 10_000, "a": 90_000})
    before = contents(small_world.store)

    definition = flags.get_flag(small_world.store, "new")
    again = flags.put_flag(small_world.store, small_world.intent(), "new", definition.document)
    configuration = documents.put_document(small_world.store, small_world.intent(), flag(), small_world.get(flag()))

    assert (again.change_id, again.version, again.heads) == (None, definition.version, {})
    assert (configuration.change_id, configuration.moves) == (None, [])
    assert contents(small_world.store) == before


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"key": "no spaces"}, "/key"),
        ({"key": None}, "/key"),
        ({"type": "colour"}, "/type"),
        ({"variants": {}}, "/variants"),
        ({"variants": {"on": 1}}, "/variants/on"),
        ({"variants": {"on": True, "\ud800": False}}, "/variants"),
        ({"tags": "x"}, "/tags"),
        ({"name": 3}, "/name"),
        ({"enabled": True}, "/enabled"),
        ({"colour": "red"}, "/colour"),
        ({"salt": 5}, "/salt"),
        ({"description": "x" * 10_001}, "/description"),
    ],
)
def test_a_wrong_definition_is_refused_where_it_is_wrong(
    small_world: World, body: dict[str, Any], pointer: str
) -> None:
    """All faults at once, by pointer, and not one byte changes."""
    before = contents(small_world.store)
    with pytest.raises(Invalid) as refusal:
        small_world.flag(**{"key": "new", **body})
    assert any(fault.pointer.startswith(pointer) for fault in refusal.value.faults)
    assert contents(small_world.store) == before


def test_lists_have_summaries(small_world: World) -> None:
    """Each definition comes with what each environment makes of it."""
    small_world.flag()
    small_world.flag("other", tags=["x"])
    items = flags.list_flags(small_world.store, Page(filters={"tag": "x"})).items
    assert [item["key"] for item in items] == ["other"]
    summary = {"enabled": False, "version": 2, "default": {"serve": "on"}, "rules": 0}
    assert items[0]["environments"] == {"dev": summary, "prod": summary}


def test_unknown_and_stale_flags_are_refused(small_world: World) -> None:
    """Each refusal says which."""
    with pytest.raises(NotFound):
        flags.get_flag(small_world.store, "moon")
    small_world.flag()
    with pytest.raises(StaleRevision) as refusal:
        flags.put_flag(small_world.store, small_world.intent("bob", expected=1), "new", {"name": "x"})
    assert (refusal.value.current, refusal.value.author) == (4, "ada")
