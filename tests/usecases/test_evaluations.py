"""Evaluate and explain: the readers' own function, over any moment of the history."""

from typing import Any

import pytest

from flagsvc.domain.errors import Invalid, NotFound
from flagsvc.usecases import evaluations
from flagsvc.usecases.flags import archive_flag
from tests.usecases.world import World, flag, split

GERMAN = {"targetingKey": "u-1", "country": "DE"}


@pytest.fixture
def world(small_world: World) -> World:
    small_world.flag()
    rule = {"id": "de", "when": {"attribute": "country", "op": "in", "values": ["DE"]}, "serve": "off"}
    small_world.merge(flag(), {"enabled": True, "rules": [rule]})
    small_world.split()
    small_world.weigh(split(), {"canary": 100_000, "stable": 0})
    return small_world


def test_flags_and_splits_are_decided(world: World) -> None:
    """With the decision's reason and rule, and the revision it was made at."""
    answer = evaluations.evaluate(world.store, "prod", {"flag": "new", "context": GERMAN})
    assert (answer["revision"], answer["decision"]["value"], answer["decision"]["rule"]) == (4, False, "de")
    cohort = evaluations.evaluate(world.store, "prod", {"split": "checkout", "context": GERMAN})
    assert cohort["decision"]["variant"] == "canary"


def test_yesterday_can_be_asked(world: World) -> None:
    """Before the rule the same user got the off variant of a disabled flag."""
    before = evaluations.evaluate(world.store, "prod", {"flag": "new", "context": GERMAN, "revision": 1})
    assert before["decision"]["reason"] == "DISABLED"
    then = evaluations.evaluate(world.store, "prod", {"flag": "new", "at": "2026-06-01T00:00:00Z"})
    assert then["decision"]["value"] is True


def test_explain_comes_with_the_same_decision(world: World) -> None:
    """The trace is beside the decision and names the condition."""
    body = {"flag": "new", "context": GERMAN, "explain": True}
    answer = evaluations.evaluate(world.store, "prod", body)
    assert answer["decision"] == evaluations.evaluate(world.store, "prod", {**body, "explain": False})["decision"]
    assert "country" in repr(answer["trace"])


@pytest.mark.parametrize(
    "body",
    [{}, {"flag": "new", "split": "checkout"}, {"flag": 3}, {"flag": "new", "context": []}, {"flag": "new", "x": 1}],
)
def test_unclear_questions_are_refused(world: World, body: dict[str, Any]) -> None:
    """Exactly one flag or split, and an object for the context."""
    with pytest.raises(Invalid):
        evaluations.evaluate(world.store, "prod", body)


def test_unknown_names_are_not_found(world: World) -> None:
    """Also what is there now but was not then."""
    for environment, body in (
        ("prod", {"flag": "moon"}),
        ("moon", {"flag": "new"}),
        ("prod", {"split": "checkout", "revision": 2}),
        ("prod", {"flag": "new", "revision": 99}),
    ):
        with pytest.raises(NotFound):
            evaluations.evaluate(world.store, environment, body)


def test_what_was_not_there_yet_is_refused_with_the_revision(world: World) -> None:
    with pytest.raises(NotFound, match=r"no traffic split 'checkout' in environment 'prod' at revision 1\."):
        evaluations.evaluate(world.store, "prod", {"split": "checkout", "revision": 1})


def test_every_flag_is_decided_for_one_context(world: World) -> None:
    world.flag("other")
    world.flag("gone")
    archive_flag(world.store, world.intent(), "gone")

    answer = evaluations.evaluate_all(world.store, "prod", {"context": GERMAN})

    assert [item["flag"] for item in answer["items"]] == ["new", "other"]
    alone = evaluations.evaluate(world.store, "prod", {"flag": "new", "context": GERMAN})
    assert answer["items"][0]["decision"] == alone["decision"]
    assert answer["revision"] == world.revision()


def test_named_flags_are_decided_whatever_they_are(world: World) -> None:
    answer = evaluations.evaluate_all(world.store, "prod", {"context": GERMAN, "flags": ["new", "moon", "new"]})

    assert [(item["flag"], item["decision"]["error"]) for item in answer["items"]] == [
        ("moon", "FLAG_NOT_FOUND"),
        ("new", None),
    ]


def test_every_flag_can_be_asked_as_of_then(world: World) -> None:
    then = evaluations.evaluate_all(world.store, "prod", {"context": GERMAN, "revision": 1})

    assert [item["decision"]["reason"] for item in then["items"]] == ["DISABLED"]
    with pytest.raises(Invalid):
        evaluations.evaluate_all(world.store, "prod", {"context": [], "revision": 1})
    with pytest.raises(Invalid):
        evaluations.evaluate_all(world.store, "prod", {"explain": True})
