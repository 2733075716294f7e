"""Many units at once: the same decisions as one by one, beside what the split says, and what a draft would change."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flagsvc.domain.errors import Archived, Invalid, NotFound, RolloutActive
from flagsvc.domain.patch import Patch
from flagsvc.domain.records import Ref
from flagsvc.usecases import documents
from flagsvc.usecases.batches import evaluate_batch
from flagsvc.usecases.evaluations import evaluate
from flagsvc.usecases.rollouts import create_rollout
from tests.usecases.world import World, flag, split

UNITS = [f"user-{number}" for number in range(400)]
GERMAN = {"attribute": "country", "op": "in", "values": ["DE"]}


@pytest.fixture
def world(small_world: World) -> World:
    half = {"split": {"weights": {"on": 50_000, "off": 50_000}}}
    small_world.flag(environments={"prod": {"enabled": True, "default": half}})
    small_world.split()
    small_world.weigh(split(), {"canary": 20_000, "stable": 80_000})
    return small_world


def asked(world: World, **members: Any) -> dict[str, Any]:
    body = {"flag": "new", "units": UNITS, **members}
    return evaluate_batch(world.store, "prod", body, world.intent(dry_run=True, rerandomise=True))


def test_every_unit_gets_what_it_gets_alone(world: World) -> None:
    items = asked(world, details=True)["items"]

    assert [item["unit"] for item in items] == UNITS
    for item in items[:40]:
        body = {"flag": "new", "context": {"targetingKey": item["unit"]}}
        alone = evaluate(world.store, "prod", body)["decision"]
        assert item == {"unit": item["unit"], **{name: alone[name] for name in ("variant", "reason", "rule", "bucket")}}


def test_counts_stand_beside_what_the_split_says(world: World) -> None:
    answer = asked(world)

    assert sum(answer["counts"].values()) == answer["units"] == 400
    assert answer["expected"] == {"off": 0.5, "on": 0.5}
    assert answer["split"]["rule"] is None
    assert answer["chiSquare"]["degrees"] == 1
    expected = sum((count - 200) ** 2 / 200 for count in answer["counts"].values())
    assert answer["chiSquare"]["statistic"] == pytest.approx(expected)
    assert "items" not in answer
    assert answer["draft"] is None


def test_a_unit_counts_once_however_often_it_is_named(world: World) -> None:
    answer = asked(world, units=[*UNITS, *UNITS[:100]], details=True)

    assert answer["units"] == 400
    assert len(answer["items"]) == 400


def test_only_the_units_of_one_split_are_compared_with_it(world: World) -> None:
    rules = [
        {"id": "vip", "when": {"attribute": "targetingKey", "op": "in", "values": UNITS[:50]}, "serve": "on"},
        {
            "id": "next",
            "when": {"attribute": "targetingKey", "op": "in", "values": UNITS[50:100]},
            "split": {"weights": {"on": 10_000, "off": 90_000}},
        },
    ]
    world.merge(flag(), {"rules": rules})

    found = asked(world)["split"]

    assert (found["rule"], found["units"]) == (None, 300)
    assert sum(found["counts"].values()) == 300


def test_the_split_of_a_rule_is_named_by_it(world: World) -> None:
    rules = [{"id": "de", "when": GERMAN, "split": {"weights": {"on": 10_000, "off": 90_000}}}]
    world.merge(flag(), {"rules": rules})

    found = asked(world, context={"country": "DE"})["split"]

    assert (found["rule"], found["units"], found["expected"]) == ("de", 400, {"off": 0.9, "on": 0.1})


def test_where_no_split_decides_nothing_is_expected(world: World) -> None:
    world.merge(flag(), {"enabled": False})

    answer = asked(world)

    assert (answer["split"], answer["expected"], answer["chiSquare"]) == (None, None, None)
    assert answer["counts"] == {"off": 400}


def test_units_may_be_another_attribute(world: World) -> None:
    by_company = {"split": {"weights": {"on": 50_000, "off": 50_000}, "by": "company"}}
    world.merge(flag(), {"default": by_company}, rerandomise=True)

    companies = asked(world, by="company")
    nobody = asked(world)

    assert set(companies["counts"]) == {"on", "off"}
    assert (companies["errors"], nobody["errors"]) == (0, 400)


def test_a_traffic_split_gives_backends(world: World) -> None:
    answer = asked(world, flag=None, split="checkout")

    assert set(answer["counts"]) == {"canary", "stable"}
    assert answer["expected"] == {"canary": 0.2, "stable": 0.8}


def test_the_past_can_be_asked(world: World) -> None:
    before = asked(world)["counts"]
    then = world.revision()
    world.weigh(flag(), {"on": 0, "off": 100_000})

    assert asked(world, revision=then)["counts"] == before
    assert asked(world)["counts"] == {"off": 400}


def drafted(world: World, **members: Any) -> dict[str, Any]:
    return {
        "enabled": True,
        "offVariant": "off",
        "default": {"split": {"weights": {"on": 60_000, "off": 40_000}}},
        **members,
    }


def test_a_draft_moves_as_few_as_saving_would(world: World) -> None:
    answer = asked(world, draft=drafted(world), details=True)

    moved = [item for item in answer["items"] if item["variant"] != item["draftVariant"]]
    assert answer["draft"]["moves"] == [{"from": "off", "to": "on", "units": len(moved)}]
    assert answer["draft"]["moved"] == len(moved) > 0
    assert answer["draft"]["counts"]["on"] == answer["counts"]["on"] + len(moved)


def test_asking_stores_nothing(world: World) -> None:
    before = world.whole()

    asked(world, draft=drafted(world, enabled=False))

    assert world.whole() == before
    assert world.verified()


WEIGHTS = st.integers(0, 100_000).map(lambda on: {"on": on, "off": 100_000 - on})
SERVES = st.one_of(
    st.sampled_from(["on", "off"]).map(lambda name: {"serve": name}), WEIGHTS.map(lambda w: {"split": {"weights": w}})
)
RULES = st.lists(SERVES, max_size=2).map(
    lambda serves: [
        {
            "id": f"rule-{index}",
            "when": {"attribute": "targetingKey", "op": "endsWith", "values": [str(index)]},
            **serve,
        }
        for index, serve in enumerate(serves)
    ]
)
DRAFTS = st.fixed_dictionaries(
    {"enabled": st.booleans(), "offVariant": st.just("off"), "default": SERVES, "rules": RULES}
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drafts=st.lists(DRAFTS, min_size=1, max_size=3))
def test_what_a_draft_says_is_what_saving_it_does(world: World, drafts: list[dict[str, Any]]) -> None:
    for draft in drafts:
        said = asked(world, draft=draft, details=True)
        saved = documents.patch_document(world.store, world.intent(rerandomise=True), flag(), Patch("replace", draft))
        then = asked(world, details=True)

        assert saved.version is not None
        assert said["draft"]["counts"] == then["counts"]
        assert [item["draftVariant"] for item in said["items"]] == [item["variant"] for item in then["items"]]


def test_a_draft_of_a_traffic_split_is_what_saving_it_does(world: World) -> None:
    draft = {
        "backends": ["stable", "canary", "blue"],
        "stable": "stable",
        "default": {"split": {"weights": {"stable": 40_000, "canary": 30_000, "blue": 30_000}}},
    }

    said = asked(world, flag=None, split="checkout", draft=draft)
    documents.put_document(world.store, world.intent(), split(), draft)

    assert said["draft"]["counts"] == asked(world, flag=None, split="checkout")["counts"]
    assert {(move["from"], move["to"]) for move in said["draft"]["moves"]} == {
        ("stable", "canary"),
        ("stable", "blue"),
    }


def test_protection_and_reasons_are_asked_of_writers_only(world: World) -> None:
    world.protect("prod", protected=True, requireReason=True)

    assert asked(world, draft=drafted(world))["draft"]["moved"] > 0


def test_one_decision_has_its_draft_too(world: World) -> None:
    body = {
        "flag": "new",
        "context": {"targetingKey": "user-1"},
        "explain": True,
        "draft": drafted(world, enabled=False),
    }

    answer = evaluate(world.store, "prod", body, world.intent(dry_run=True))

    assert answer["decision"]["reason"] == "SPLIT"
    assert answer["draft"]["decision"]["reason"] == "DISABLED"
    assert answer["draft"]["trace"] != answer["trace"]


def test_a_draft_that_could_not_be_saved_is_refused_with_its_place(world: World) -> None:
    with pytest.raises(Invalid) as refused:
        asked(world, draft=drafted(world, default={"serve": "blue"}))

    assert all(fault.pointer.startswith("/draft/default") for fault in refused.value.faults)


def test_a_draft_is_about_now(world: World) -> None:
    for when in ({"revision": 1}, {"at": "2030-01-01T00:00:00Z"}):
        with pytest.raises(Invalid) as refused:
            asked(world, draft=drafted(world), **when)
        assert [fault.pointer for fault in refused.value.faults] == ["/draft"]


def test_what_a_rollout_drives_cannot_be_drafted_by_others(world: World) -> None:
    target = {"name": "flag", "kind": "flag", "key": "new", "candidate": "on", "baseline": "off"}
    plan = {"strategy": "canary", "targets": [target], "steps": [{"name": "all", "weights": {"flag": 100_000}}]}
    create_rollout(world.store, world.intent(), "prod", {"key": "release", "plan": plan})

    with pytest.raises(RolloutActive):
        asked(world, draft=drafted(world))


def test_unknown_and_archived_ones_are_refused(world: World) -> None:
    with pytest.raises(NotFound):
        asked(world, flag="moon")
    with pytest.raises(NotFound):
        asked(world, flag="moon", draft=drafted(world))
    documents.archive_document(world.store, world.intent(), Ref("prod", "split", "checkout"))
    with pytest.raises(Archived):
        asked(world, flag=None, split="checkout", draft={"backends": ["stable"], "stable": "stable"})
