"""Documents of files: what they bring into force, what they leave alone, and that all or nothing happens."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from flagsvc.domain.errors import Fault, InUse, Invalid, PreconditionRequired, StaleRevision
from flagsvc.domain.manifests import manifests_of
from flagsvc.usecases.applying import apply_manifests
from flagsvc.usecases.documents import archive_document
from flagsvc.usecases.intent import Written
from flagsvc.usecases.rollouts import create_rollout
from tests.http.service import ROUTERS
from tests.usecases.world import World, flag, segment, split

HALF = {"split": {"weights": {"on": 50, "off": 50}}}


def a_flag(key: str = "new", left: tuple[str, ...] = (), **environments: Any) -> dict[str, Any]:
    spec = {"type": "boolean", "environments": environments, "leaveToOperators": list(left)}
    return {"apiVersion": "flagsvc/v1", "kind": "Flag", "metadata": {"key": key, "owner": "web"}, "spec": spec}


def a_document(kind: str, key: str, left: tuple[str, ...] = (), **environments: Any) -> dict[str, Any]:
    spec = {"environments": environments, "leaveToOperators": list(left)}
    return {"apiVersion": "flagsvc/v1", "kind": kind, "metadata": {"key": key}, "spec": spec}


def applied(world: World, *documents: Any, base: Mapping[str, int] | None = None, **intent: Any) -> Written:
    faults: list[Fault] = []
    manifests = manifests_of(list(documents), faults)
    if faults:
        raise Invalid(faults)
    return apply_manifests(world.store, world.intent(**{"who": "git", **intent}), manifests, base or {})


def left(written: Written) -> dict[str, list[str]]:
    documents = written.documents or {}
    return {name: [each["because"] for each in told["left"]] for name, told in documents.items() if told["left"]}


def test_documents_that_need_one_another_come_together_in_any_order(world: World) -> None:
    rule = {"id": "b", "when": {"segment": "beta"}, "serve": "on"}
    written = applied(
        world,
        a_flag(prod={"enabled": True, "rules": [rule], "default": HALF}),
        a_document("Segment", "beta", prod={"included": ["u1"]}),
        a_document("TrafficSplit", "checkout", prod={"backends": ["a", "b"], "stable": "a", "default": {
            "split": {"weights": {"a": 99.999, "b": 0.001}}}}),
    )  # fmt: skip

    assert {name: told["action"] for name, told in (written.documents or {}).items()} == {
        "dev/flag/new": "create", "prod/flag/new": "create", "prod/segment/beta": "create",
        "prod/split/checkout": "create",
    }  # fmt: skip
    assert written.heads == {"dev": 1, "prod": 1}
    assert world.get(flag())["default"]["split"]["weights"] == {"on": 50_000, "off": 50_000}
    assert world.get(split())["default"]["split"]["weights"] == {"a": 99_999, "b": 1}
    assert world.verified()


def test_the_same_files_change_nothing_a_second_time(world: World) -> None:
    documents = [
        a_flag(prod={"enabled": True, "default": HALF}),
        a_document("Segment", "beta", dev={"included": ["x"]}),
    ]
    applied(world, *documents)

    again = applied(world, *documents)

    assert (again.heads, again.documents, again.change_id, again.moves) == ({}, {}, None, [])


def test_weights_move_as_few_as_possible_and_say_who(world: World) -> None:
    applied(world, a_flag(prod={"enabled": True, "default": HALF}))
    before = world.get(flag())["default"]["split"]
    quarter = {"split": {"weights": {"on": 25, "off": 75}}}

    written = applied(world, a_flag(prod={"enabled": True, "default": quarter}))

    (move,) = written.moves
    assert move["document"] == "prod/flag/new"
    assert move["moves"] == [{"from": "on", "to": "off", "weight": 25_000}]
    assert world.get(flag())["default"]["split"]["salt"] == before["salt"]


def test_an_environment_that_a_file_does_not_name_keeps_its_configuration(world: World) -> None:
    world.flag(environments={"dev": {"enabled": True}})

    applied(world, a_flag(prod={"enabled": True}))

    assert world.get(flag(environment="dev"))["enabled"] is True
    assert world.get(flag(environment="dev"))["owner"] == "web"


def test_what_somebody_has_switched_off_stays_off_until_somebody_switches_it_on(world: World) -> None:
    document = a_flag(prod={"enabled": True, "default": HALF})
    applied(world, document)
    world.merge(flag(), {"enabled": False}, who="anna")

    written = applied(world, document)

    assert left(written) == {"prod/flag/new": ["anna switched it off: switch it on by hand"]}
    assert world.get(flag())["enabled"] is False
    world.merge(flag(), {"enabled": True}, who="anna")
    assert left(applied(world, document)) == {}


def test_files_switch_on_what_files_have_switched_off_and_what_never_was_on(world: World) -> None:
    for enabled in (False, True, False, True):
        applied(world, a_flag(prod={"enabled": enabled}))
        assert world.get(flag())["enabled"] is enabled
        world.merge(flag(), {"staleness": {"afterSeconds": 60}}, who="anna")


def test_a_killed_traffic_split_stays_with_its_stable_backend(world: World) -> None:
    document = a_document("TrafficSplit", "checkout", prod={"backends": ["a", "b"], "stable": "a"})
    applied(world, document)
    world.merge(split(), {"enabled": False}, who="anna")

    applied(world, document)

    assert world.get(split())["enabled"] is False


@pytest.mark.parametrize(
    "path", ["environments.prod.default.split.weights", "environments.*.default", "environments.prod.default"]
)
def test_what_a_file_leaves_to_operators_stays_and_the_rest_follows_the_file(world: World, path: str) -> None:
    applied(world, a_flag(prod={"enabled": True, "default": HALF}))
    world.merge(flag(), {"default": {"split": {"weights": {"on": 10_000, "off": 90_000}}}}, who="anna")
    rule = {"id": "r", "when": {"attribute": "country", "op": "in", "values": ["DE"]}, "serve": "on"}

    document = a_flag(left=(path,), prod={"enabled": True, "default": HALF, "rules": [rule]})
    written = applied(world, document)

    assert left(written) == {"prod/flag/new": ["left to operators"]}
    after = world.get(flag())
    assert after["default"]["split"]["weights"] == {"on": 10_000, "off": 90_000}
    assert [each["id"] for each in after["rules"]] == ["r"]
    world.merge(flag(), {"default": {"split": {"weights": {"on": 50_000, "off": 50_000}}}}, who="anna")
    assert left(applied(world, document)) == {}, "what is the same is not left alone"


def test_the_weights_of_a_rule_are_left_by_its_id(world: World) -> None:
    condition = {"attribute": "country", "op": "in", "values": ["DE"]}
    rules = [{"id": each, "when": condition, **HALF} for each in ("one", "two")]
    applied(world, a_flag(prod={"enabled": True, "rules": rules}))
    world.weigh(flag(), {"on": 1_000, "off": 99_000}, rule="two", who="anna")

    applied(world, a_flag(left=("environments.prod.rules.two.split.weights",), prod={"rules": rules, "enabled": True}))

    weights = [rule["split"]["weights"]["on"] for rule in world.get(flag())["rules"]]
    assert weights == [50_000, 1_000]


def test_what_a_rollout_moves_is_left_alone_until_it_has_ended(world: World) -> None:
    document = a_document("TrafficSplit", "checkout", prod={"backends": ["stable", "canary"], "stable": "stable"})
    applied(world, document)
    plan = {
        "strategy": "canary",
        "targets": [{"name": "edge", "kind": "split", "key": "checkout", "candidate": "canary", "baseline": "stable"}],
        "steps": [{"name": "all", "weights": {"edge": 100_000}}],
    }
    create_rollout(world.store, world.intent(), "prod", {"key": "r1", "plan": plan})
    document["metadata"]["owner"] = "somebody else"

    written = applied(world, document)

    assert left(written) == {"prod/split/checkout": ["the rollout 'r1' is moving it"]}
    assert "owner" not in world.get(split())


def test_all_or_nothing_and_everything_that_is_wrong_with_its_place(world: World) -> None:
    bad = a_flag("two", prod={"default": {"split": {"weights": {"on": 60, "off": 50}}}}, nowhere={})
    good = a_flag("one", prod={"enabled": True})

    with pytest.raises(Invalid) as refusal:
        applied(world, good, bad, a_document("Segment", "s", prod={"when": {"segment": "missing"}}))

    assert {fault.pointer for fault in refusal.value.faults} == {"/documents/1/spec/environments/nowhere"}
    del bad["spec"]["environments"]["nowhere"]
    with pytest.raises(Invalid) as refusal:
        applied(world, good, bad, a_document("Segment", "s", prod={"when": {"segment": "missing"}}))
    places = {fault.pointer for fault in refusal.value.faults}
    assert any(place.startswith("/documents/1/spec/environments/prod/default/split") for place in places)
    assert any(place.startswith("/documents/2/spec/environments/prod/when") for place in places)
    assert world.revision() == 0


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"metadata": {"key": "new", "expires": "2030-01-01", "ovner": "x"}}, "/documents/0/metadata/ovner"),
        ({"spec": {"environment": {}}}, "/documents/0/spec/environment"),
        ({"spec": {"leaveToOperators": ["prod.enabled"]}}, "/documents/0/spec/leaveToOperators/0"),
        ({"spec": {"environments": {"prod": {"default": {"split": {"weights": {"on": 0.0001, "off": 99.9999}}}}}}},
         "/documents/0/spec/environments/prod/default/split/weights/on"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_at_its_place(small_world: World, change: Any, pointer: str) -> None:
    with pytest.raises(Invalid) as refusal:
        applied(small_world, {**a_flag(), **change})
    assert pointer in {fault.pointer for fault in refusal.value.faults}


def test_the_same_document_twice_is_refused(small_world: World) -> None:
    with pytest.raises(Invalid, match="twice"):
        applied(small_world, a_flag(), a_flag())


def test_an_archived_document_is_not_brought_back_by_a_file(small_world: World) -> None:
    small_world.segment()
    archive_document(small_world.store, small_world.intent(), segment())

    with pytest.raises(Invalid, match="archived"):
        applied(small_world, a_document("Segment", "beta", prod={"included": []}))


def test_a_protected_environment_wants_to_know_what_was_compared(small_world: World) -> None:
    small_world.protect("prod")
    document = a_flag(prod={"enabled": True})

    with pytest.raises(PreconditionRequired):
        applied(small_world, document)
    with pytest.raises(StaleRevision):
        applied(small_world, document, base={"prod": 7})
    tried = applied(small_world, document, dry_run=True)
    assert tried.heads["prod"] == small_world.revision() + 1
    assert applied(small_world, document, base={"prod": small_world.revision()}).heads["prod"] == small_world.revision()


def test_a_kind_has_only_its_own_members(small_world: World) -> None:
    document = a_document("Segment", "beta", prod={"included": []})
    document["spec"]["type"] = "boolean"
    with pytest.raises(Invalid, match="type"):
        applied(small_world, document)


def test_a_dry_run_stores_nothing(small_world: World) -> None:
    written = applied(small_world, a_flag(prod={"enabled": True}), dry_run=True)

    assert written.dry_run
    assert small_world.revision() == 0
    assert replace(written, dry_run=False).heads == {"dev": 1, "prod": 1}


def a_text_flag(key: str, *variants: str, **environments: Any) -> dict[str, Any]:
    document = a_flag(key, **environments)
    document["spec"] |= {"type": "string", "variants": {each: each for each in variants}}
    return document


def test_a_variant_goes_together_with_what_named_it(world: World) -> None:
    waits = a_flag("waits", prod={"prerequisites": [{"flag": "new", "variants": ["b"]}]})
    applied(world, a_text_flag("new", "a", "b", prod={"offVariant": "a", "default": {"serve": "b"}}), waits)
    narrowed = a_text_flag("new", "a", "c", prod={"offVariant": "a", "default": {"serve": "c"}})

    with pytest.raises(InUse, match="prod/flag/waits"):
        applied(world, narrowed)
    applied(world, narrowed, a_flag("waits", prod={}))

    assert world.get(flag())["default"] == {"serve": "c"}
    assert world.verified()


def test_a_variant_stays_while_an_environment_names_it_that_files_do_not(world: World) -> None:
    serves = {"offVariant": "a", "default": {"serve": "b"}}
    applied(world, a_text_flag("new", "a", "b", prod=serves, dev=serves))

    with pytest.raises(InUse, match="dev/flag/new"):
        applied(world, a_text_flag("new", "a", prod={"offVariant": "a"}))
    with pytest.raises(Invalid, match="/documents/0/spec/environments/dev/default"):
        applied(world, a_text_flag("new", "a", prod={"offVariant": "a"}, dev=serves))


def test_what_a_flag_is_everywhere_is_the_same_where_a_rollout_moves_it(world: World) -> None:
    document = a_flag(prod={"enabled": True, "default": {"serve": "off"}})
    applied(world, document)
    target = {"name": "all", "kind": "flag", "key": "new", "candidate": "on", "baseline": "off"}
    plan = {"strategy": "canary", "targets": [target], "steps": [{"name": "all", "weights": {"all": 100_000}}]}
    create_rollout(world.store, world.intent(), "prod", {"key": "r1", "plan": plan})
    document["metadata"]["owner"] = "search"
    document["spec"]["environments"]["prod"]["default"] = {"serve": "on"}
    served = world.get(flag())["default"]

    written = applied(world, document)

    assert left(written) == {"prod/flag/new": ["the rollout 'r1' is moving it"]}
    assert [world.get(flag(environment=each))["owner"] for each in ("dev", "prod")] == ["search", "search"]
    assert world.get(flag())["default"] == served


def test_one_weight_alone_cannot_be_left_so_all_of_them_are(small_world: World) -> None:
    path = "environments.prod.default.split.weights.on"
    applied(small_world, a_flag(left=(path,), prod={"enabled": True, "default": HALF}))
    small_world.weigh(flag(), {"on": 1_000, "off": 99_000}, who="anna")

    applied(small_world, a_flag(left=(path,), prod={"enabled": True, "default": HALF}))

    assert small_world.get(flag())["default"]["split"]["weights"] == {"on": 1_000, "off": 99_000}


def test_what_is_left_is_left_in_an_environment_that_there_is(small_world: World) -> None:
    with pytest.raises(Invalid, match="no environment 'pord'"):
        applied(small_world, a_flag(left=("environments.pord.enabled",), prod={}))


def test_the_bindings_that_follow_are_named(small_world: World) -> None:
    shop = {"backends": ["stable", "canary"], "stable": "stable"}
    applied(small_world, a_document("TrafficSplit", "checkout", prod=shop), routers=ROUTERS)
    edge = a_document("Binding", "edge", prod={"split": "checkout", "routers": [next(iter(ROUTERS))]})

    assert applied(small_world, edge, routers=ROUTERS).bindings == ["edge"]
