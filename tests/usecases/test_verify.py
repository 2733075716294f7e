"""Whoever changes rows behind the service's back is found, and where."""

import pytest

from flagsvc.usecases import flags, history
from tests.store.engines import tamper
from tests.usecases.world import World, flag

Verdict = tuple[str, int]


@pytest.fixture
def world(world: World) -> World:
    world.flag()
    world.split()
    for percent in (10, 20, 30):
        world.weigh(flag(), {"on": percent * 1000, "off": 100_000 - percent * 1000})
    assert world.verified()
    return world


def _broken(world: World) -> list[Verdict]:
    verdict = history.verify_audit(world.store)
    broken = [(each["environment"], each["firstBroken"]) for each in verdict["environments"] if not each["ok"]]
    assert verdict["ok"] == (not broken)
    return broken


TAMPERINGS: dict[str, tuple[list[str], list[Verdict]]] = {
    "reason": (["UPDATE changes SET reason = 'x' WHERE environment = 'prod' AND revision = 3"], [("prod", 3)]),
    "actor": (["UPDATE changes SET actor = 'eve' WHERE environment = 'prod' AND revision = 1"], [("prod", 1)]),
    "time": (["UPDATE changes SET at = '2020' WHERE environment = 'prod' AND revision = 5"], [("prod", 5)]),
    "edits": (["UPDATE changes SET edits = '[]' WHERE environment = 'prod' AND revision = 2"], [("prod", 2)]),
    "deleted": (["DELETE FROM changes WHERE environment = 'prod' AND revision = 3"], [("prod", 3)]),
    "first deleted": (["DELETE FROM changes WHERE environment = 'prod' AND revision = 1"], [("prod", 1)]),
    "last deleted": (["DELETE FROM changes WHERE environment = 'prod' AND revision = 5"], [("prod", 5)]),
    "all deleted": (["DELETE FROM changes WHERE environment = 'prod'"], [("prod", 1)]),
    "reordered": (
        [
            "UPDATE changes SET revision = -1 WHERE environment = 'prod' AND revision = 3",
            "UPDATE changes SET revision = 3 WHERE environment = 'prod' AND revision = 4",
            "UPDATE changes SET revision = 4 WHERE environment = 'prod' AND revision = -1",
        ],
        [("prod", 3)],
    ),
    "truncated with its head": (
        [
            "DELETE FROM changes WHERE environment = 'prod' AND revision > 3",
            "DELETE FROM document_revisions WHERE environment = 'prod' AND revision > 3",
            """UPDATE environments SET revision = 3, head_hash =
                (SELECT hash FROM changes WHERE environment = 'prod' AND revision = 3) WHERE key = 'prod'""",
        ],
        [("prod", 3)],
    ),
    "head": (["UPDATE environments SET head_hash = 'x' WHERE key = 'prod'"], [("prod", 6)]),
    "revision": (["UPDATE environments SET revision = 9 WHERE key = 'prod'"], [("prod", 6)]),
    "a document": (["UPDATE documents SET text = '{}' WHERE environment = 'prod' AND kind = 'split'"], [("prod", 2)]),
    "a lost document": (["DELETE FROM documents WHERE environment = 'prod' AND kind = 'flag'"], [("prod", 5)]),
    "a smuggled document": (
        [
            """INSERT INTO documents (environment, kind, key, text, version, archived,
                created_at, changed_at, changed_by, name, search, tags, type, owner, enabled)
                SELECT environment, 'segment', 'x', text, version, archived,
                created_at, changed_at, changed_by, name, search, tags, type,
                owner, enabled FROM documents WHERE environment = 'prod' AND kind = 'split'"""
        ],
        [("prod", 2)],
    ),
    "the past": (
        ["UPDATE document_revisions SET text = '{}' WHERE environment = 'prod' AND revision = 4"],
        [("prod", 4)],
    ),
    "a lost past": (["DELETE FROM document_revisions WHERE environment = 'prod' AND revision = 3"], [("prod", 3)]),
    "the catalogue": (
        ["UPDATE documents SET text = '{}' WHERE environment = '_catalog' AND kind = 'flag'"],
        [("_catalog", 4)],
    ),
    "two environments": (
        ["UPDATE changes SET reason = 'x' WHERE revision = 1"],
        [("_catalog", 1), ("dev", 1), ("prod", 1)],
    ),
    "nothing": ([], []),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_tampering_is_found_where_it_was_done(world: World, name: str) -> None:
    """The verdict names environment and first broken revision, and the others stay sound."""
    statements, broken = TAMPERINGS[name]
    tamper(world.store, *statements)
    assert _broken(world) == broken


def test_long_histories_are_verified_in_pieces(small_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The size of a piece makes no difference."""
    monkeypatch.setattr(history, "BATCH", 2)
    small_world.flag()
    for number in range(5):
        small_world.segment(f"s{number}")
    flags.archive_flag(small_world.store, small_world.intent(), "new")
    assert small_world.verified()
    tamper(small_world.store, "UPDATE changes SET reason = 'x' WHERE environment = 'prod' AND revision = 6")
    assert _broken(small_world) == [("prod", 6)]
