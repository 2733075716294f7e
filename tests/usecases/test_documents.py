"""Configurations, segments and traffic splits: edited alike, judged inside the transaction."""

from typing import Any

import pytest

from flagsvc.domain.errors import (
    BadPatch,
    Exists,
    InUse,
    Invalid,
    NotFound,
    RerandomiseRequired,
    StaleRevision,
)
from flagsvc.domain.page import Page
from flagsvc.domain.patch import Patch
from flagsvc.usecases import documents
from flagsvc.usecases.intent import ABSENT
from tests.store.engines import contents
from tests.usecases.world import World, flag, segment, split, table

CIRCLE: dict[str, Any] = {"when": {"segment": "a"}}


@pytest.fixture
def world(small_world: World) -> World:
    small_world.flag()
    small_world.segment()
    small_world.split()
    return small_world


def test_a_version_is_the_revision_of_the_last_change(world: World) -> None:
    """Each document carries the revision at which it was last changed; the environment goes on without it."""
    assert [documents.get_document(world.store, ref).version for ref in (flag(), segment(), split())] == [1, 2, 3]
    world.merge(segment(), {"included": ["u2"]}, expected=2)
    found = documents.get_document(world.store, segment())
    assert (found.version, found.revision, found.document["changedBy"]) == (4, 4, "ada")


def test_two_administrators_cannot_overwrite_each_other(world: World) -> None:
    """The second writer learns the current version and who made it."""
    world.merge(flag(), {"enabled": True}, expected=1, who="bob")
    with pytest.raises(StaleRevision) as refusal:
        world.merge(flag(), {"enabled": True}, expected=1)
    assert (refusal.value.expected, refusal.value.current, refusal.value.author) == (1, 4, "bob")


def test_creation_over_something_is_refused(world: World) -> None:
    """The same key, or a precondition that nothing is there."""
    with pytest.raises(Exists):
        world.segment()
    with pytest.raises(Exists):
        world.merge(segment(), {"included": []}, expected=ABSENT)
    with pytest.raises(Invalid):
        documents.create_document(world.store, world.intent(), "prod", "flag", {"key": "x"})


def test_a_document_in_use_cannot_be_archived(world: World) -> None:
    """The refusal names its users; once nobody uses it, it goes, and comes back as it was."""
    rule = {"id": "r", "when": {"segment": "beta"}, "serve": "on"}
    world.merge(flag(), {"rules": [rule]})
    world.merge(split(), {"rules": [{**rule, "serve": "canary"}]})
    with pytest.raises(InUse) as refusal:
        documents.archive_document(world.store, world.intent(), segment())
    assert refusal.value.users == ("prod/flag/new", "prod/split/checkout")

    for ref in (flag(), split()):
        world.merge(ref, {"rules": []})
    before = world.whole().documents
    documents.archive_document(world.store, world.intent(), segment())
    assert "segment/beta" not in world.whole().documents
    assert documents.archive_document(world.store, world.intent(), segment()).change_id is None
    listed = documents.list_documents(world.store, "prod", "segment", Page(filters={"archived": "true"}))
    assert [item["key"] for item in listed.items] == ["beta"]
    with pytest.raises(Invalid) as invalid:
        world.merge(flag(), {"rules": [rule]})
    assert [fault.code for fault in invalid.value.faults] == ["unknown-segment"]

    documents.restore_document(world.store, world.intent(), segment())
    assert world.whole().documents == before


def test_json_patch_and_merge_patch_do_the_same(world: World) -> None:
    """Both kinds end in the same document; a patch that does not fit changes nothing."""
    operations = [
        {"op": "test", "path": "/enabled", "value": False},
        {"op": "replace", "path": "/enabled", "value": True},
    ]
    documents.patch_document(world.store, world.intent(), flag(), Patch("json", operations))
    assert world.merge(flag(), {"enabled": True}).change_id is None
    before = contents(world.store)
    with pytest.raises(BadPatch):
        documents.patch_document(world.store, world.intent(), flag(), Patch("json", operations))
    assert contents(world.store) == before


def test_a_patch_cannot_dig_without_end(world: World) -> None:
    """A few copies that nest the document in itself are refused, not followed."""
    path, operations = "", []
    for _ in range(20):
        path += "/deeper"
        operations.append({"op": "copy", "from": "", "path": path})
    for count in (8, 20):
        with pytest.raises((BadPatch, Invalid)):
            documents.patch_document(world.store, world.intent(), segment(), Patch("json", operations[:count]))


def test_a_new_salt_must_be_meant(world: World) -> None:
    """Salt and hash of a split change only with express permission; then everybody is said to move."""
    world.weigh(flag(), {"on": 50_000, "off": 50_000})
    body = {"default": {"split": {"salt": "other"}}}
    with pytest.raises(RerandomiseRequired) as refusal:
        world.merge(flag(), body)
    assert refusal.value.pointers == ("/default/split",)

    written = world.merge(flag(), body, rerandomise=True)
    assert [move["summary"] for move in written.moves] == ["every unit is drawn anew, once it is on"]
    assert table(world.get(flag())) == [["on", 0, 50_000], ["off", 50_000, 100_000]]


def test_a_shared_salt_nests(world: World) -> None:
    """A traffic split with a flag's salt sends the same units to its canary as the flag to its variant."""
    salt = world.get(flag())["salt"]
    world.split("shared", salt=salt)
    world.weigh(split("shared"), {"stable": 95_000, "canary": 5_000})
    world.weigh(flag(), {"on": 30_000, "off": 70_000})
    edge, application = (world.get(ref)["default"]["split"] for ref in (split("shared"), flag()))
    assert (edge["salt"], edge["allocation"][0]) == (salt, ["canary", 0, 5_000])
    assert (application["salt"], application["allocation"][0]) == (salt, ["on", 0, 30_000])


BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"colour": 1}, "/colour", "unknown-member"),
    ({"key": "other"}, "/key", "read-only"),
    ({"variants": {"on": False}}, "/variants", "read-only"),
    ({"offVariant": "x"}, "/offVariant", "unknown-variant"),
    ({"enabled": 1}, "/enabled", "wrong-type"),
    ({"default": {"serve": "x"}}, "/default/serve", "unknown-variant"),
    ({"default": {"serve": None, "split": {"weights": {"on": 1}}}}, "/default/split/weights", "weights-sum"),
    (
        {"default": {"serve": None, "split": {"weights": {"on": -1, "off": 100_001}}}},
        "/default/split/weights/on",
        "bad-weight",
    ),
    ({"default": {"serve": None, "split": {"weights": {"x": 100_000}}}}, "/default/split/weights/x", "unknown-variant"),
    ({"default": {"serve": None, "split": {"weights": {"on": True}}}}, "/default/split/weights/on", "bad-weight"),
    (
        {"default": {"serve": None, "split": {"weights": {"on": 100_000}, "hash": "md4"}}},
        "/default/split/hash",
        "unknown-hash",
    ),
    ({"prerequisites": [{"flag": "moon", "variants": ["on"]}]}, "/prerequisites/0/flag", "unknown-flag"),
    ({"prerequisites": [{"flag": "new", "variants": ["on"]}]}, "/prerequisites/0/flag", "cycle"),
    ({"rules": [{"when": {"segment": "moon"}, "serve": "on"}]}, "/rules/0/when/segment", "unknown-segment"),
    (
        {"rules": [{"when": {"attribute": "a", "op": "?", "values": [1]}, "serve": "on"}]},
        "/rules/0/when/op",
        "unknown-operator",
    ),
    (
        {"rules": [{"when": {"attribute": "a", "op": "matches", "values": ["("]}, "serve": "on"}]},
        "/rules/0/when/values/0",
        "bad-value",
    ),
    ({"rules": [{"id": "a", "when": {"all": []}, "serve": "on"}] * 2}, "/rules/1/id", "duplicate"),
    ({"rules": 1}, "/rules", "wrong-type"),
    ({"targets": [{"variant": "on", "units": ["\0"]}]}, "/targets/0/units/0", "nul"),
    ({"enabled": float("nan")}, "/enabled", "not-finite"),
]


@pytest.mark.parametrize(("body", "pointer", "code"), BAD, ids=[f"{pointer}-{code}" for _, pointer, code in BAD])
def test_a_wrong_edit_is_refused_where_it_is_wrong(world: World, body: dict[str, Any], pointer: str, code: str) -> None:
    """Every fault has its place and code, and not one byte changes."""
    before = contents(world.store)
    with pytest.raises(Invalid) as refusal:
        world.merge(flag(), body)
    assert (pointer, code) in [(fault.pointer, fault.code) for fault in refusal.value.faults]
    assert contents(world.store) == before


def test_all_faults_come_at_once(world: World) -> None:
    """Three mistakes, three faults."""
    with pytest.raises(Invalid) as refusal:
        world.segment("x y", included=[1], by=2)
    assert {fault.pointer for fault in refusal.value.faults} == {"/key", "/included/0", "/by"}


def test_circles_of_segments_are_refused(world: World) -> None:
    """Of any length, also through itself."""
    world.segment("a")
    world.segment("b", **CIRCLE)
    for key, inside in (("a", "a"), ("a", "b")):
        with pytest.raises(Invalid):
            world.merge(segment(key), {"when": {"segment": inside}})


def test_unknown_places_are_not_found(world: World) -> None:
    """Environments and documents alike."""
    for work in (
        lambda: world.get(segment("moon")),
        lambda: world.get(segment(environment="moon")),
        lambda: world.merge(segment("moon"), {}),
        lambda: world.segment("x", environment="moon"),
        lambda: world.segment("x", environment="_catalog"),
        lambda: documents.list_documents(world.store, "moon", "flag", Page()),
    ):
        with pytest.raises(NotFound):
            work()


def test_lints_come_with_the_answer(world: World) -> None:
    """A finding does not stop the write."""
    written = world.segment("empty", included=[])
    assert [lint["code"] for lint in written.lints] == ["empty-segment"]
    assert written.change_id == "prod:4"


def test_an_unknown_member_hides_no_other_fault(world: World) -> None:
    """All faults of a request at once, each with the nearest known name."""
    rule = {"when": {"attribute": "country", "op": "inn", "values": ["DE"]}, "serve": "onn"}
    with pytest.raises(Invalid) as refusal:
        world.merge(flag(), {"enabld": True, "rules": [rule]})

    faults = {fault.pointer: fault.detail for fault in refusal.value.faults}
    assert faults.keys() == {"/enabld", "/rules/0/when/op", "/rules/0/serve"}
    assert "did you mean 'enabled'?" in faults["/enabld"]
