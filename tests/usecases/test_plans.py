"""Plans as documents: sound or refused, kept in one form, bound to what they move, and seen by no reader."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from flagsvc.domain.errors import InUse, Invalid, NotFound
from flagsvc.domain.patch import Patch
from flagsvc.domain.records import READER_KINDS, Ref
from flagsvc.domain.rollouts.reading import plan_members, plan_of
from flagsvc.usecases import documents, plans, reverts
from flagsvc.usecases.intent import Written
from tests.rollouts.plans import FULL, PLAIN, changed
from tests.usecases.world import World, split

WEB = Ref("prod", "plan", "web")
RULES = [{"id": "beta", "when": {"all": []}, "serve": "off"}]


def create(world: World, members: Mapping[str, Any] = PLAIN, **more: Any) -> Written:
    return documents.create_document(world.store, world.intent(), "prod", "plan", {"key": "web", **members, **more})


def faults(refused: pytest.ExceptionInfo[Invalid]) -> list[tuple[str, str]]:
    return [(fault.pointer, fault.code) for fault in refused.value.faults]


@pytest.fixture
def ready(world: World) -> World:
    world.split()
    world.flag("new")
    world.merge(Ref("prod", "flag", "new"), {"rules": RULES})
    return world


def test_a_plan_is_stored_in_the_form_that_equal_plans_share(ready: World) -> None:
    created = create(ready, PLAIN, name="Web")
    again = documents.put_document(ready.store, ready.intent(), WEB, {"name": "Web", **plan_members(plan_of(PLAIN))})

    assert created.document
    assert created.document["steps"] == [{"name": "step 1", "weights": {"edge": 100_000}, "hold": "0s"}]
    assert created.document["cooldown"] == "30m"
    assert again.change_id is None
    assert again.document == created.document


def test_a_plan_with_every_member_comes_back_as_it_means(ready: World) -> None:
    create(ready, FULL)

    stored = documents.get_document(ready.store, WEB).document
    assert plan_of(stored) == plan_of(FULL)


def test_an_unsound_plan_is_refused_with_every_fault(ready: World) -> None:
    members = changed(changed(FULL, "/targets/0/candidate", "canari"), "/steps/0/hold", "soon")
    members = changed(members, "/targets/1/rule", "gamma")
    members = changed(members, "/steps/0/weights/code/off", ...)
    members = changed(members, "/steps/0/weights/code/of", 95_000)

    with pytest.raises(Invalid) as refused:
        create(ready, members)

    assert faults(refused) == [
        ("/steps/0/hold", "wrong-type"),
        ("/targets/0/candidate", "unknown-backend"),
        ("/targets/1/rule", "unknown-rule"),
        ("/steps/0/weights/code/of", "unknown-variant"),
    ]
    assert "did you mean 'canary'?" in refused.value.faults[1].detail


def test_a_plan_moves_only_what_is_there(ready: World) -> None:
    with pytest.raises(Invalid) as refused:
        create(ready, changed(changed(PLAIN, "/targets/0/key", "chekout"), "/colour", 1))

    assert faults(refused) == [("/colour", "unknown-member"), ("/targets/0/key", "unknown-split")]
    assert "did you mean 'checkout'?" in refused.value.faults[1].detail


@pytest.mark.parametrize("value", [None, 7, [], {}, [None], [{"kind": [], "key": {}, "name": {}}]])
def test_any_json_for_targets_is_refused_or_taken(small_world: World, value: Any) -> None:
    with pytest.raises(Invalid):
        create(small_world, changed(PLAIN, "/targets", value))


def test_what_a_plan_moves_cannot_be_archived_under_it(ready: World) -> None:
    create(ready)

    with pytest.raises(InUse, match="prod/plan/web"):
        documents.archive_document(ready.store, ready.intent(), split())

    documents.archive_document(ready.store, ready.intent(), WEB)
    documents.archive_document(ready.store, ready.intent(), split())
    with pytest.raises(Invalid) as refused:
        documents.restore_document(ready.store, ready.intent(), WEB)
    assert faults(refused) == [("/targets/0/key", "unknown-split")]


def test_a_plan_is_patched_and_reverted(ready: World) -> None:
    first = create(ready)
    patched = documents.patch_document(ready.store, ready.intent(), WEB, Patch("merge", {"cooldown": "2h"}))
    assert patched.document
    assert patched.document["cooldown"] == "2h"

    back = reverts.revert_document(ready.store, ready.intent(), WEB, first.revision)

    assert back.document
    assert back.document["cooldown"] == "30m"


def test_the_key_of_a_plan_stays(ready: World) -> None:
    create(ready)

    with pytest.raises(Invalid) as refused:
        documents.put_document(ready.store, ready.intent(), WEB, {**PLAIN, "key": "other"})

    assert faults(refused) == [("/key", "read-only")]


def test_no_reader_is_given_a_plan(ready: World) -> None:
    written = create(ready)

    assert "plan" not in READER_KINDS
    with ready.store.reading() as view:
        deltas = view.deltas("prod", written.revision - 1, 10)
    assert all(not name.startswith("plan/") for name in ready.whole().documents)
    assert [json.dumps(dict(delta.edits)) for delta in deltas] == ["{}"]


def test_a_strategy_makes_a_plan_that_can_be_stored(ready: World) -> None:
    made = plans.plan_from_strategy(ready.store, "prod", {"strategy": "canary", "targets": PLAIN["targets"]})

    stored = create(ready, made)

    assert stored.document
    assert len(stored.document["steps"]) == 6


def test_a_strategy_is_told_what_is_not_there(ready: World) -> None:
    wrong = changed({"strategy": "canary", "targets": PLAIN["targets"]}, "/targets/0/key", "chekout")
    dark = {"strategy": "dark-launch", "targets": [FULL["targets"][1] | {"rule": ""}], "internalRule": "staff"}

    with pytest.raises(Invalid) as split_refused:
        plans.plan_from_strategy(ready.store, "prod", wrong)
    with pytest.raises(Invalid) as rule_refused:
        plans.plan_from_strategy(ready.store, "prod", dark)
    with pytest.raises(Invalid) as facts_refused:
        plans.plan_from_strategy(ready.store, "prod", {**wrong, "drain": "5s"})
    with pytest.raises(NotFound):
        plans.plan_from_strategy(ready.store, "nowhere", dark)

    assert faults(split_refused) == [("/targets/0/key", "unknown-split")]
    assert faults(rule_refused) == [("", "unknown-rule")]
    assert "'staff'" in rule_refused.value.faults[0].detail
    assert faults(facts_refused) == [("/drain", "misplaced")]
