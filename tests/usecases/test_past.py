"""The past: history, differences, snapshots of any moment, the way back, and the way to another environment."""

from datetime import UTC, datetime

import pytest

from flagsvc.domain.errors import Archived, BadQuery, InUse, Invalid, NotFound, PreconditionRequired, StaleRevision
from flagsvc.domain.page import Page
from flagsvc.domain.patch import Patch
from flagsvc.usecases import copies, diffs, documents, flags, history, reverts, snapshots
from tests.usecases.world import EPOCH, World, flag, segment, split

GERMANS = {"id": "de", "when": {"attribute": "country", "op": "in", "values": ["DE"]}, "serve": "on"}


@pytest.fixture
def world(world: World) -> World:
    world.flag()
    world.segment()
    world.split()
    world.weigh(flag(), {"on": 30_000, "off": 70_000})
    world.merge(flag(), {"rules": [GERMANS]})
    return world


def test_history_is_newest_first_with_both_sides(world: World) -> None:
    """Of one document each change has the text before and after; of all, what was edited."""
    items = history.list_changes(world.store, "prod", Page(), "flag", "new").items
    assert [(item["revision"], item["action"]) for item in items] == [
        (5, "flag.edit"),
        (4, "flag.weights"),
        (1, "flag.create"),
    ]
    assert items[0]["before"] == items[1]["after"]
    assert items[2]["before"] is None
    assert items[0]["after"]["rules"] == [GERMANS]

    everything = history.list_changes(world.store, "prod", Page(limit=2))
    rest = history.list_changes(world.store, "prod", Page(limit=9, cursor=everything.next_cursor))
    assert [item["revision"] for item in everything.items + rest.items] == [5, 4, 3, 2, 1]
    assert rest.next_cursor is None
    assert everything.items[0]["edits"] == [{"kind": "flag", "key": "new", "action": "edit"}]
    assert everything.items[0]["actor"] == {"kind": "user", "name": "ada"}


def test_a_document_is_named_by_kind_and_key(world: World) -> None:
    """One without the other would be answered with the changes of all documents."""
    for kind, key in (("flag", None), (None, "new")):
        with pytest.raises(BadQuery):
            history.list_changes(world.store, "prod", Page(), kind, key)


def test_one_change_tells_everything(world: World) -> None:
    """With every document before and after; unknown revisions are not found."""
    change = history.get_change(world.store, "prod", 4)
    assert change["edits"][0]["before"]["default"] == {"serve": "on"}
    assert change["edits"][0]["after"]["default"]["split"]["weights"]["on"] == 30_000
    for environment, revision in (("prod", 99), ("moon", 1)):
        with pytest.raises(NotFound):
            history.get_change(world.store, environment, revision)


def test_the_audit_spans_environments(world: World) -> None:
    """Newest first, filtered by who, where and when; pages join without gap."""
    items = history.list_audit(world.store, Page(limit=200)).items
    assert [item["at"] for item in items] == sorted((item["at"] for item in items), reverse=True)
    assert {item["environment"] for item in items} == {"_catalog", "dev", "prod"}

    seen, cursor = [], None
    while True:
        page = history.list_audit(world.store, Page(limit=3, cursor=cursor))
        seen += page.items
        if (cursor := page.next_cursor) is None:
            break
    assert seen == items

    def count(**filters: str) -> int:
        return len(history.list_audit(world.store, Page(limit=200, filters=filters)).items)

    middle = items[3]["at"]
    assert count(environment="prod") == 5
    assert (count(actor="ada"), count(actor="eve")) == (len(items), 0)
    assert count(since=middle) + count(until=middle) == len(items) + sum(item["at"] == middle for item in items)
    for filters in ({"since": "yesterday"}, {"until": "2026-01-01T00:00:00"}, {"colour": "red"}, {"actor": "\0"}):
        with pytest.raises(BadQuery):
            count(**filters)


def test_a_difference_has_patch_and_moves(world: World) -> None:
    """In either direction; only what differs; null where there is nothing."""
    ahead = diffs.diff(world.store, "prod", 1, 5)
    assert [(item["kind"], item["key"]) for item in ahead["items"]] == [
        ("flag", "new"), ("segment", "beta"), ("split", "checkout"),
    ]  # fmt: skip
    moved = ahead["items"][0]
    assert moved["moves"][0]["summary"] == "70.0 % on → off, nobody else, once it is on"
    assert Patch("json", moved["patch"]).apply(moved["before"]) == moved["after"]
    assert ahead["items"][1]["before"] is None

    back = diffs.diff(world.store, "prod", 5, 1, "flag", "new")
    assert [item["before"] for item in back["items"]] == [moved["after"]]
    assert diffs.diff(world.store, "prod", 5, 5)["items"] == []
    with pytest.raises(NotFound):
        diffs.diff(world.store, "prod", 1, 99)


def test_any_moment_can_be_read(world: World) -> None:
    """By revision, by time, or now; with the digest that readers see."""
    now = snapshots.snapshot(world.store, "prod")
    assert (now["revision"], now["epoch"], len(now["digest"])) == (5, EPOCH, 64)
    assert now == snapshots.snapshot(world.store, "prod", revision=5)
    moment = datetime.fromisoformat(history.get_change(world.store, "prod", 4)["at"])
    assert snapshots.snapshot(world.store, "prod", at=moment)["revision"] == 4
    assert snapshots.snapshot(world.store, "prod", at=datetime(2000, 1, 1, tzinfo=UTC))["documents"] == {}
    with pytest.raises(NotFound):
        snapshots.snapshot(world.store, "prod", revision=6)
    with pytest.raises(BadQuery):
        snapshots.snapshot(world.store, "prod", revision=1, at=moment)
    with pytest.raises(BadQuery):
        snapshots.snapshot(world.store, "prod", at=moment.replace(tzinfo=None))


def test_a_reverted_flag_keeps_its_definition(world: World) -> None:
    """Only the configuration goes back; what the flag is everywhere stays."""
    flags.patch_flag(world.store, world.intent(), "new", Patch("merge", {"name": "New name"}))
    reverts.revert_document(world.store, world.intent(), flag(), 4)
    document = world.get(flag())
    assert (document["name"], document["rules"]) == ("New name", [])
    assert document["default"]["split"]["weights"]["on"] == 30_000


def test_a_reverted_segment_comes_back_archived_or_not(world: World) -> None:
    """A revert also undoes archiving."""
    before = world.get(segment())
    documents.archive_document(world.store, world.intent(), segment())
    reverts.revert_document(world.store, world.intent(), segment(), 5)
    assert {**before, "version": 0, "changedAt": 0} == {**world.get(segment()), "version": 0, "changedAt": 0}


def test_what_is_in_use_cannot_be_reverted_away(world: World) -> None:
    """Neither alone nor with its whole environment, even where its user stays as it is."""
    documents.archive_document(world.store, world.intent(), segment())
    archived = world.revision()
    documents.restore_document(world.store, world.intent(), segment())
    world.merge(flag(), {"rules": [{"id": "b", "when": {"segment": "beta"}, "serve": "on"}]})
    with pytest.raises(InUse) as refusal:
        reverts.revert_document(world.store, world.intent(), segment(), archived)
    assert refusal.value.users == ("prod/flag/new",)

    flags.archive_flag(world.store, world.intent(), "new")
    documents.archive_document(world.store, world.intent(), segment())
    both = world.revision()
    documents.restore_document(world.store, world.intent(), segment())
    flags.restore_flag(world.store, world.intent(), "new")
    with pytest.raises(InUse):
        reverts.revert_environment(world.store, world.intent(), "prod", both)


def test_what_was_not_there_cannot_come_back(world: World) -> None:
    """Unknown revisions, documents before their creation, archived flags, configurations that no longer fit."""
    for ref, revision in ((flag(), 99), (split(), 1), (segment("moon"), 1)):
        with pytest.raises(NotFound):
            reverts.revert_document(world.store, world.intent(), ref, revision)
    rule = {"id": "b", "when": {"segment": "beta"}, "serve": "on"}
    world.merge(flag(), {"rules": [rule]})
    world.merge(flag(), {"rules": []})
    documents.archive_document(world.store, world.intent(), segment())
    with pytest.raises(Invalid):
        reverts.revert_document(world.store, world.intent(), flag(), 6)
    flags.archive_flag(world.store, world.intent(), "new")
    with pytest.raises(Archived):
        reverts.revert_document(world.store, world.intent(), flag(), 5)


def test_a_whole_environment_goes_back_in_one_change(world: World) -> None:
    """What readers get is what they got then; later segments are archived, later flags disabled."""
    kept = world.whole(revision=5).documents
    world.segment("late")
    world.flag("later")
    world.merge(flag("later"), {"enabled": True})
    world.merge(flag(), {"enabled": True, "rules": [{"id": "l", "when": {"segment": "late"}, "serve": "on"}]})
    documents.archive_document(world.store, world.intent(), split())
    head = world.revision()

    written = reverts.revert_environment(world.store, world.intent(), "prod", 5)

    assert written.revision == head + 1
    now = dict(world.whole().documents)
    assert world.get(flag("later"))["enabled"] is False
    assert {name: text for name, text in now.items() if name != "flag/later"} == kept
    again = reverts.revert_environment(world.store, world.intent(), "prod", 5)
    assert (again.change_id, again.documents) == (None, {})
    assert world.verified()


def test_archived_flags_stay_where_they_are(world: World) -> None:
    """A revert of the environment neither restores nor touches them."""
    flags.archive_flag(world.store, world.intent(), "new")
    reverts.revert_environment(world.store, world.intent(), "prod", 5)
    assert "flag/new" not in world.whole().documents
    assert world.get(flag())["rules"] == [GERMANS]


def test_a_whole_environment_is_guarded_by_its_revision(world: World) -> None:
    """A revert or a copy names the environment's revision where it is protected."""
    world.protect("prod")
    with pytest.raises(PreconditionRequired):
        reverts.revert_environment(world.store, world.intent(), "prod", 1)
    with pytest.raises(StaleRevision) as refusal:
        copies.copy_documents(world.store, world.intent(expected=4), "prod", {"from": "dev"})
    assert (refusal.value.current, refusal.value.author) == (5, "ada")
    reverts.revert_environment(world.store, world.intent(expected=5), "prod", 4)


def test_a_copy_keeps_cohorts_and_is_one_change(world: World) -> None:
    """Without lists everything comes; documents that are here already are replaced; flags keep their definition."""
    written = copies.copy_documents(world.store, world.intent(), "dev", {"from": "prod"})
    assert written.heads == {"dev": 2}
    assert world.whole("dev").documents == world.whole("prod").documents
    assert copies.copy_documents(world.store, world.intent(), "dev", {"from": "prod"}).change_id is None

    world.merge(segment(), {"included": ["u9"]})
    world.merge(split(), {"enabled": False})
    chosen = copies.copy_documents(world.store, world.intent(), "dev", {"from": "prod", "segments": ["beta"]})
    assert list(chosen.documents or {}) == ["segment/beta"]
    assert world.get(split(environment="dev"))["enabled"]


def test_a_copy_that_does_not_fit_is_refused(world: World) -> None:
    """Missing documents and dangling references are named; nothing is copied."""
    world.merge(flag(), {"rules": [{"id": "b", "when": {"segment": "beta"}, "serve": "on"}]})
    before = world.whole("dev")
    for body, pointer in (
        ({"from": "prod", "flags": ["new", "moon"]}, "/flags/1"),
        ({"from": "prod", "flags": ["new"]}, "/documents/flag~1new/rules/0/when/segment"),
        ({"from": "prod", "flags": "new"}, "/flags"),
        ({"from": "prod", "colour": []}, "/colour"),
        ({}, "/from"),
    ):
        with pytest.raises(Invalid) as refusal:
            copies.copy_documents(world.store, world.intent(), "dev", body)
        assert [fault.pointer for fault in refusal.value.faults] == [pointer]
    with pytest.raises(NotFound):
        copies.copy_documents(world.store, world.intent(), "dev", {"from": "moon"})
    assert world.whole("dev") == before
