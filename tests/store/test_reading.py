"""What is written is read back the same on both engines: heads, documents, lists, the past."""

import json

import pytest

from flagsvc.domain.errors import BadQuery
from flagsvc.domain.page import Page
from flagsvc.domain.records import CATALOG, Document, Ref
from flagsvc.store import SqlStore
from flagsvc.usecases import environments, flags
from tests.usecases.world import EPOCH, World, flag, segment, split

KEYS = ["Zeta", "alpha", "beta_1", "beta-2", "b%t", "gamma"]


def _found(store: SqlStore, page: Page, kind: str = "segment") -> list[str]:
    with store.reading() as view:
        return [document.ref.key for document in view.find("prod", kind, page)[0]]


@pytest.fixture
def world(store: SqlStore) -> World:
    made = World(store)
    for index, key in enumerate(key for key in KEYS if "%" not in key):
        made.segment(key, name=f"Audience {9 - index}", tags=["even" if index % 2 == 0 else "odd"], owner="team")
    return made


def test_heads_name_open_environments_only(world: World) -> None:
    """Heads have epoch and revision of each environment, neither the catalogue nor archived ones."""
    environments.archive_environment(world.store, world.intent(), "dev")

    with world.store.reading() as view:
        assert dict(view.heads()) == {"prod": (EPOCH, 5)}
        assert view.head(CATALOG) is not None
        assert view.head("nowhere") is None


def test_lists_come_in_the_order_asked_for(world: World) -> None:
    """Sorted by code point on every engine, either way, with the key to break ties."""
    assert _found(world.store, Page()) == ["Zeta", "alpha", "beta-2", "beta_1", "gamma"]
    assert _found(world.store, Page(sort="-key")) == ["gamma", "beta_1", "beta-2", "alpha", "Zeta"]
    assert _found(world.store, Page(sort="name")) == ["gamma", "beta-2", "beta_1", "alpha", "Zeta"]
    assert _found(world.store, Page(sort="-changedAt")) == ["gamma", "beta-2", "beta_1", "alpha", "Zeta"]


def test_search_and_filters_narrow_a_list(world: World) -> None:
    """Search finds substrings of key, name and tags in any case; wildcards of SQL mean themselves."""
    assert _found(world.store, Page(search="BETA")) == ["beta-2", "beta_1"]
    assert _found(world.store, Page(search="a_1")) == ["beta_1"]
    assert _found(world.store, Page(search="%")) == []
    assert _found(world.store, Page(search="audience 9")) == ["Zeta"]
    assert _found(world.store, Page(filters={"tag": "odd"})) == ["alpha", "beta-2"]
    assert _found(world.store, Page(filters={"owner": "nobody"})) == []
    assert _found(world.store, Page(filters={"archived": "true"})) == []


@pytest.mark.parametrize("sort", ["key", "-key", "name", "-name", "changedAt", "-createdAt"])
def test_pages_add_up_to_the_list_and_survive_inserts(world: World, sort: str) -> None:
    """Following cursors gives every document once, in order, also when others are inserted meanwhile."""
    whole = _found(world.store, Page(sort=sort))
    seen: list[str] = []
    cursor = None
    while True:
        with world.store.reading() as view:
            found, cursor = view.find("prod", "segment", Page(limit=2, sort=sort, cursor=cursor))
        seen += [document.ref.key for document in found]
        if cursor is None:
            break
        world.segment(f"inserted-{len(seen)}", name="Audience 0")

    assert [key for key in seen if not key.startswith("inserted")] == whole
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize(
    "page",
    [
        Page(sort="text"),
        Page(filters={"password": "x"}),
        Page(filters={"archived": "perhaps"}),
        Page(filters={"owner": "\0"}),
        Page(search="\ud800"),
        Page(cursor="?"),
        Page(cursor="WyJrZXkiLCAxXQ"),
        Page(cursor="e30"),
        Page(cursor="ää"),
        Page(cursor="WyJrZXkiLCAiXHUwMDAwIl0"),
    ],
)
def test_unknown_orders_filters_and_cursors_are_refused(world: World, page: Page) -> None:
    """A page that cannot be answered names its parameter; nothing reaches the database as it is."""
    with world.store.reading() as view, pytest.raises(BadQuery):
        view.find("prod", "segment", page)


def test_users_are_those_who_refer_now(world: World) -> None:
    """A document's users are the documents in force that name it; one that stops naming it is none."""
    world.flag()
    rule = {"id": "r", "when": {"not": {"any": [{"segment": "alpha"}]}}, "serve": "on"}
    world.merge(flag(), {"rules": [rule]})
    with world.store.reading() as view:
        assert view.users("prod", "segment/alpha") == ["flag/new"]
        assert view.users("dev", "segment/alpha") == []
        assert view.users_by_kind("prod", "segment") == {"alpha": ["flag/new"]}
        assert view.users_by_kind("prod", "flag") == view.users_by_kind("dev", "segment") == {}

    world.merge(flag(), {"rules": []})
    with world.store.reading() as view:
        assert view.users("prod", "segment/alpha") == []
        assert view.users_by_kind("prod", "segment") == {}


def test_the_past_does_not_change(world: World) -> None:
    """Every revision is read later as it was when it was the head: by number, by time, and through deltas."""
    kept = {world.revision(): world.whole()}
    world.flag()
    kept[world.revision()] = world.whole()
    world.split()
    kept[world.revision()] = world.whole()
    flags.archive_flag(world.store, world.intent(), "new")
    kept[world.revision()] = world.whole()

    for revision, whole in kept.items():
        assert world.whole(revision=revision) == whole
    assert "flag/new" not in world.whole().documents
    with world.store.reading() as view:
        moment = view.change("prod", 6)
        assert moment is not None
        assert view.revision_at("prod", moment.at) == 6
        assert view.revision_at("prod", "2000-01-01T00:00:00.000000Z") is None
        assert view.whole("prod", 99) is None
        assert view.whole("nowhere") is None


def test_deltas_lead_from_any_revision_to_the_head(world: World) -> None:
    """The changes after a revision are gapless, and applied one by one they give the whole; gone means null."""
    world.flag()
    world.split()
    flags.archive_flag(world.store, world.intent(), "new")
    head = world.whole()

    for start in range(head.revision + 1):
        documents = dict(world.whole(revision=start).documents)
        with world.store.reading() as view:
            deltas = view.deltas("prod", start, 1000)
        assert [delta.revision for delta in deltas] == list(range(start + 1, head.revision + 1))
        for delta in deltas:
            for name, text in delta.edits.items():
                documents.pop(name, None) if text is None else documents.__setitem__(name, text)
        assert documents == head.documents
    assert deltas == []


def test_deltas_are_bounded_and_carry_the_epoch(world: World) -> None:
    """A limit cuts the newest; an unknown environment has none."""
    with world.store.reading() as view:
        assert [(delta.revision, delta.epoch) for delta in view.deltas("prod", 1, 2)] == [(2, EPOCH), (3, EPOCH)]
        assert view.deltas("nowhere", 0, 10) == []


def test_texts_are_canonical_and_indexes_follow(world: World) -> None:
    """A stored text is canonical JSON; long names and every letter of Unicode are kept."""
    name = "Größe 🚀 " + "x" * 180
    world.split(name=name)
    with world.store.reading() as view:
        document = view.document(split())
    assert isinstance(document, Document)
    assert (
        json.dumps(json.loads(document.text), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        == document.text
    )
    assert json.loads(document.text)["name"] == name
    assert _found(world.store, Page(search="größe 🚀"), "split") == ["checkout"]


def test_across_reads_the_same_key_everywhere(world: World) -> None:
    """The copies of a flag come from every open environment, never from the catalogue."""
    world.flag()
    with world.store.reading() as view:
        found = [document.ref for document in view.across("flag", ["new", "other"])]
        assert view.document(Ref(CATALOG, "flag", "new")) is not None
    assert found == [flag(environment="dev"), flag()]
    assert segment() not in found
