"""Who refers to a document, and where."""

from typing import Any

import pytest

from flagsvc.domain.errors import NotFound
from flagsvc.domain.records import Ref
from flagsvc.domain.references import references_of, references_to
from flagsvc.usecases.documents import archive_document, create_document
from flagsvc.usecases.rollouts import create_rollout
from flagsvc.usecases.users import list_users
from tests.http.service import ROUTERS
from tests.usecases.world import World, flag, segment, split

IN_BETA = {"segment": "beta"}
NESTED = {"all": [{"attribute": "country", "op": "in", "values": ["DE"]}, {"not": {"any": [IN_BETA]}}]}
PLAN = {
    "strategy": "canary",
    "targets": [{"name": "edge", "kind": "split", "key": "checkout", "candidate": "canary", "baseline": "stable"}],
    "steps": [{"name": "all", "weights": {"edge": 100_000}}],
}


def _users(world: World, ref: Ref) -> list[tuple[str, str, str, str]]:
    return [tuple(item[name] for name in ("kind", "key", "where", "pointer")) for item in list_users(world.store, ref)]


def _rule(when: dict[str, Any]) -> dict[str, Any]:
    return {"when": when, "serve": "on"}


def test_a_segment_is_used_by_conditions_however_deep(world: World) -> None:
    world.segment()
    world.segment("vip", when=IN_BETA)
    world.flag(name="New")
    other = {"attribute": "country", "op": "in", "values": ["AT"]}
    world.merge(flag(), {"rules": [_rule(other), _rule(NESTED), _rule(IN_BETA)]})

    assert _users(world, segment()) == [
        ("flag", "new", "rule 2", "/rules/1"),
        ("flag", "new", "rule 3", "/rules/2"),
        ("segment", "vip", "condition", "/when"),
    ]
    assert [item["name"] for item in list_users(world.store, segment())] == ["New", "New", None]


def test_a_flag_is_used_by_those_that_wait_for_it(world: World) -> None:
    world.flag()
    world.flag("child")
    world.merge(flag("child"), {"prerequisites": [{"flag": "new", "variants": ["on"]}]})

    assert _users(world, flag()) == [("flag", "child", "prerequisite", "/prerequisites/0")]
    assert _users(world, flag(environment="dev")) == []


def test_a_split_is_used_by_bindings_plans_and_rollouts(world: World) -> None:
    world.split()
    binding = {"key": "edge", "split": "checkout", "routers": ["edge-1"]}
    create_document(world.store, world.intent(routers=ROUTERS), "prod", "binding", binding)
    create_document(world.store, world.intent(), "prod", "plan", {"key": "usual", **PLAN})
    create_rollout(world.store, world.intent(), "prod", {"key": "now", "plan": PLAN})

    assert _users(world, split()) == [
        ("binding", "edge", "traffic split", "/split"),
        ("plan", "usual", "target edge", "/targets/0"),
        ("rollout", "now", "target edge", "/plan/targets/0"),
    ]


def test_what_is_archived_uses_nothing(world: World) -> None:
    world.segment()
    world.segment("vip", when=IN_BETA)
    archive_document(world.store, world.intent(), segment("vip"))

    assert _users(world, segment()) == []


def test_what_is_not_there_is_used_by_nobody_and_said_to_be_missing(small_world: World) -> None:
    with pytest.raises(NotFound):
        list_users(small_world.store, segment("nothing"))


def test_the_places_are_those_of_the_references() -> None:
    """Whatever counts as a reference has a place, or else a use would be counted and not shown."""
    documents: list[dict[str, Any]] = [
        {"prerequisites": [{"flag": "a", "variants": ["on"]}], "rules": [_rule(NESTED)], "targets": []},
        {"when": NESTED},
        {"split": "checkout", "routers": ["edge"]},
        {"key": "usual", **PLAN},
        {"plan": PLAN, "deployment": {}},
    ]

    for document in documents:
        for name in references_of(document):
            kind, _, key = name.partition("/")
            assert list(references_to(document, kind, key)), name
