"""Bindings: checked against the configured routers inside the transaction, given to no reader, and never in the way."""

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from flagsvc.domain.errors import Fault, InUse, Invalid
from flagsvc.domain.patch import Patch
from flagsvc.domain.records import Ref
from flagsvc.domain.routing.capabilities import Capabilities
from flagsvc.usecases import copies, documents, environments, reverts
from flagsvc.usecases.intent import Intent, Written
from flagsvc.usecases.swap import swap
from tests.usecases.world import World, split

TWO = frozenset({"stable", "canary"})
ROUTERS: Mapping[str, Capabilities] = {
    "edge-1": Capabilities(granularity=100, sticky="own", backends=TWO),
    "edge-2": Capabilities(granularity=1_000, sticky="cohort", mirror=True),
    "mesh": Capabilities(granularity=100_000, sticky="cohort", backends=TWO, max_backends=2, mirror=True),
}
EDGE = Ref("prod", "binding", "edge")


def bind(world: World, *routers: str, key: str = "edge", environment: str = "prod", **members: Any) -> Written:
    body = {"key": key, "split": "checkout", "routers": list(routers), **members}
    return documents.create_document(world.store, intent(world), environment, "binding", body)


def intent(world: World, **members: Any) -> Intent:
    return world.intent(**{"routers": ROUTERS, **members})


def merge(world: World, ref: Ref, body: Mapping[str, Any], **members: Any) -> Written:
    return documents.patch_document(world.store, intent(world, **members), ref, Patch("merge", dict(body)))


def archive(world: World, ref: Ref) -> Written:
    return documents.archive_document(world.store, intent(world), ref)


def faults(refused: pytest.ExceptionInfo[Invalid]) -> list[tuple[str, str]]:
    return [(fault.pointer, fault.code) for fault in refused.value.faults]


def weigh(world: World, canary: int, **members: Any) -> Written:
    return world.weigh(split(), {"stable": 100_000 - canary, "canary": canary}, **{"routers": ROUTERS, **members})


@pytest.fixture
def bound(world: World) -> World:
    world.split()
    bind(world, "edge-1")
    return world


def test_what_is_left_out_takes_its_default(bound: World) -> None:
    document = bound.get(EDGE)

    expected = {"enabled": True, "drift": "reassert", "onFailure": "revert", "deadlineSeconds": 60, "attempt": 0}
    assert {name: document[name] for name in expected} == expected


def test_a_write_names_the_bindings_whose_routers_follow_it(bound: World) -> None:
    bind(bound, "edge-2", key="off", enabled=False)

    weighed, rehearsed = weigh(bound, 20_000), weigh(bound, 30_000, dry_run=True)

    assert (weighed.bindings, rehearsed.bindings) == (["edge"], ["edge"])
    assert merge(bound, EDGE, {"deadlineSeconds": 90}).bindings == ["edge"]


def test_a_write_that_no_router_follows_names_no_binding(bound: World) -> None:
    bound.split("search")

    assert weigh(bound, 20_000).bindings == ["edge"]
    assert weigh(bound, 20_000).bindings == []
    assert bound.weigh(split("search"), {"stable": 50_000, "canary": 50_000}).bindings == []
    assert archive(bound, EDGE).bindings == []
    assert weigh(bound, 30_000).bindings == []


def test_every_fault_is_said_at_once(world: World) -> None:
    world.split("checkout")
    world.split("search")
    wrong: dict[str, Any] = {"drift": "ignore", "onFailure": None, "deadlineSeconds": 0, "enabled": 1, "retries": 3}
    wrong |= {"split": "chekout", "routers": ["edge-1", "edge-1", "edeg-2", 7]}

    with pytest.raises(Invalid) as refused:
        documents.create_document(world.store, intent(world), "prod", "binding", {"key": "a b", **wrong})

    assert sorted(faults(refused)) == [
        ("/deadlineSeconds", "wrong-type"),
        ("/drift", "wrong-type"),
        ("/enabled", "wrong-type"),
        ("/key", "bad-key"),
        ("/retries", "unknown-member"),
        ("/routers/1", "duplicate"),
        ("/routers/2", "unknown-router"),
        ("/routers/3", "bad-name"),
        ("/split", "unknown-split"),
    ]
    details = {fault.code: fault.detail for fault in refused.value.faults}
    assert "did you mean 'checkout'?" in details["unknown-split"]
    assert "did you mean 'edge-2'?" in details["unknown-router"]


@pytest.mark.parametrize("routers", [[], [f"r{n}" for n in range(17)], "edge-1", None])
def test_a_binding_has_one_to_sixteen_routers(world: World, routers: Any) -> None:
    world.split()

    with pytest.raises(Invalid) as refused:
        documents.create_document(
            world.store, intent(world), "prod", "binding", {"key": "edge", "split": "checkout", "routers": routers}
        )

    assert {pointer for pointer, _ in faults(refused)} >= {"/routers"}


def test_where_no_router_is_configured_the_refusal_says_how_to(world: World) -> None:
    world.split()

    with pytest.raises(Invalid) as refused:
        documents.create_document(
            world.store, world.intent(), "prod", "binding", {"key": "e", "split": "checkout", "routers": ["edge-1"]}
        )

    assert "FLAGSVC_ROUTERS" in refused.value.faults[0].detail


@pytest.mark.parametrize("environment", ["prod", "dev"])
def test_a_router_has_one_binding_in_all_environments_together(bound: World, environment: str) -> None:
    bound.split("search", environment)

    with pytest.raises(Invalid) as refused:
        bind(bound, "edge-2", "edge-1", key="other", environment=environment, split="search")

    [fault] = refused.value.faults
    detail = "The router 'edge-1' is driven by the binding prod/edge: take it out there."
    assert fault == Fault("/routers/1", "router-taken", detail)


def test_of_two_who_bind_a_router_at_once_in_two_environments_one_may(world: World) -> None:
    """Each runs in a transaction of its own, both begun before either ends."""
    bodies = {where: {"key": "edge", "split": "checkout", "routers": ["edge-1"]} for where in ("dev", "prod")}
    for where in bodies:
        world.split(environment=where)
    together = threading.Barrier(2)

    def attempt(where: str) -> str:
        ready = intent(world)
        together.wait(10)
        try:
            documents.create_document(world.store, ready, where, "binding", bodies[where])
        except Invalid as refused:
            return refused.faults[0].code
        return "bound"

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(attempt, bodies))

    assert sorted(outcomes) == ["bound", "router-taken"]


def test_an_archived_binding_frees_its_routers_and_cannot_have_them_back_while_another_has(bound: World) -> None:
    archive(bound, EDGE)
    bind(bound, "edge-1", key="next")

    with pytest.raises(Invalid) as refused:
        documents.restore_document(bound.store, intent(bound), EDGE)

    assert faults(refused) == [("/routers/0", "router-taken")]


def test_a_bound_split_cannot_be_archived_and_a_binding_needs_one_in_force(bound: World) -> None:
    with pytest.raises(InUse) as used:
        archive(bound, split())
    archive(bound, EDGE)
    archive(bound, split())

    with pytest.raises(Invalid) as refused:
        documents.restore_document(bound.store, intent(bound), EDGE)

    assert used.value.users == ("prod/binding/edge",)
    assert faults(refused) == [("/split", "unknown-split")]


def test_a_split_that_a_router_cannot_be_told_is_not_bound(world: World) -> None:
    world.split(backends=["stable", "canary", "blue"], mirror={"backend": "canary", "share": 1_000})
    world.weigh(split(), {"stable": 89_900, "canary": 100, "blue": 10_000})

    with pytest.raises(Invalid) as refused:
        bind(world, "edge-2", "edge-1")

    assert faults(refused) == [
        ("/routers/1", "unknown-backend"),
        ("/routers/1", "too-fine"),
        ("/routers/1", "no-mirror"),
    ]


def test_weights_that_a_router_cannot_be_told_are_refused_where_they_stand(bound: World) -> None:
    with pytest.raises(Invalid) as refused:
        weigh(bound, 300)

    [fault] = refused.value.faults
    assert (fault.pointer, fault.code) == ("/weights/canary", "too-fine")
    assert "'edge-1'" in fault.detail
    assert "the least is about 1 %" in fault.detail
    assert weigh(bound, 1_000).change_id


def test_a_backend_that_a_router_lacks_is_refused_where_it_would_get_something(bound: World) -> None:
    """In the weights that were sent; in a swap, the backend that it is to go to."""
    merge(bound, split(), {"backends": ["stable", "canary", "blue"]})

    with pytest.raises(Invalid) as weighed:
        bound.weigh(split(), {"stable": 90_000, "canary": 0, "blue": 10_000}, routers=ROUTERS)
    with pytest.raises(Invalid) as swapped:
        swap(bound.store, intent(bound), split(), {"to": "blue"})

    assert faults(weighed) == [("/weights/blue", "unknown-backend")]
    assert faults(swapped) == [("/to", "unknown-backend")]
    assert "it has canary, stable" in swapped.value.faults[0].detail


def test_a_mirror_is_refused_by_what_copies_nothing(bound: World) -> None:
    with pytest.raises(Invalid) as refused:
        merge(bound, split(), {"mirror": {"backend": "canary", "share": 5}})

    assert faults(refused) == [("/mirror", "no-mirror")]


@pytest.mark.parametrize(
    ("more", "pointer", "code"),
    [
        ({"hash": "unleash"}, "/default/split/hash", "foreign-hash"),
        ({"space": 1_000}, "/default/split/space", "foreign-space"),
        ({"by": "account"}, "/default/split/by", "foreign-unit"),
    ],
)
def test_cohorts_that_an_edge_cannot_compute_are_refused(
    world: World, more: Mapping[str, Any], pointer: str, code: str
) -> None:
    world.split()
    bind(world, "edge-2")
    body = {"default": {"serve": None, "split": {"weights": {"stable": 50_000, "canary": 50_000}, **more}}}

    with pytest.raises(Invalid) as refused:
        merge(world, split(), body, rerandomise=True)

    assert faults(refused) == [(pointer, code)]


def test_a_binding_that_is_switched_off_is_in_nobody_s_way_until_it_is_switched_on(bound: World) -> None:
    merge(bound, EDGE, {"enabled": False})
    weigh(bound, 300)

    with pytest.raises(Invalid) as refused:
        merge(bound, EDGE, {"enabled": True})

    assert faults(refused) == [("/routers/0", "too-fine")]
    assert merge(bound, EDGE, {"name": "Edge"}).change_id


def test_what_no_longer_fits_does_not_stop_the_way_back(bound: World) -> None:
    """The configuration was changed: `canary` is unknown, and `edge-1` coarser."""
    weigh(bound, 2_000)
    coarse = {"edge-1": Capabilities(granularity=20, backends=frozenset({"stable"}))}

    with pytest.raises(Invalid) as refused:
        weigh(bound, 1_000, routers=coarse)

    assert faults(refused) == [("/weights/canary", "too-fine")]
    assert weigh(bound, 10_000, routers=coarse).change_id
    assert weigh(bound, 0, routers=coarse).change_id


def test_a_router_that_went_from_the_configuration_stops_no_change_but_its_switching_on(bound: World) -> None:
    assert weigh(bound, 100, routers={}).change_id
    assert merge(bound, EDGE, {"name": "Edge"}, routers={}).change_id
    assert merge(bound, EDGE, {"enabled": False}, routers={}).change_id

    with pytest.raises(Invalid) as refused:
        merge(bound, EDGE, {"enabled": True}, routers={})

    assert faults(refused) == [("/routers/0", "unknown-router")]


def test_the_order_of_routers_may_change(world: World) -> None:
    world.split()
    bind(world, "edge-1", "edge-2")

    written = merge(world, EDGE, {"routers": ["edge-2", "edge-1"]})

    assert written.document is not None
    assert written.document["routers"] == ["edge-2", "edge-1"]


def test_what_routers_do_otherwise_is_told_and_not_refused(world: World) -> None:
    rules = [{"id": "de", "when": {"attribute": "country", "op": "equals", "values": ["DE"]}, "serve": "canary"}]
    world.split(rules=rules, targets=[{"variant": "canary", "units": ["7"], "by": "account"}])

    made = bind(world, "edge-1", "mesh")
    edited = weigh(world, 5_000)

    assert [(lint["pointer"], lint["code"]) for lint in made.lints] == [
        ("/routers/0", "other-cohorts"),
        ("/split", "untold"),
        ("/split", "untold"),
    ]
    assert [lint["code"] for lint in edited.lints] == ["untold", "untold"]


def test_the_number_of_attempts_is_the_service_s(bound: World) -> None:
    with pytest.raises(Invalid) as refused:
        merge(bound, EDGE, {"attempt": 4})

    assert faults(refused) == [("/attempt", "read-only")]
    assert bind(bound, "edge-2", key="b", attempt=9).document["attempt"] == 0  # type: ignore[index]


def test_reverting_a_binding_brings_its_members_back(bound: World) -> None:
    revision = bound.revision()
    merge(bound, EDGE, {"drift": "pause", "name": "Edge"})

    reverts.revert_document(bound.store, intent(bound), EDGE, revision)

    document = bound.get(EDGE)
    assert document["drift"] == "reassert"
    assert "name" not in document


def test_bindings_stay_when_an_environment_is_reverted_so_that_routers_follow(bound: World) -> None:
    """One that came later stays, too; it goes only where its split goes."""
    before = bound.revision()
    bound.split("search")
    bind(bound, "edge-2", key="late")
    bind(bound, "mesh", key="search", split="search")
    weigh(bound, 10_000)

    reverts.revert_environment(bound.store, intent(bound), "prod", before)

    assert bound.get(split())["default"] == {"serve": "stable"}
    archived = {
        key: bound.get(Ref("prod", "binding", key)).get("archived", False) for key in ("edge", "late", "search")
    }
    assert archived == {"edge": False, "late": False, "search": True}


def test_no_copy_takes_bindings_along(bound: World) -> None:
    copies.copy_documents(bound.store, intent(bound), "dev", {"from": "prod"})
    environments.create_environment(bound.store, intent(bound), {"key": "copy", "copyFrom": "prod"})

    with bound.store.reading() as view:
        kinds = {key: {document.ref.kind for document in view.documents(key)} for key in ("dev", "copy", "prod")}
    assert kinds == {"dev": {"split"}, "copy": {"split"}, "prod": {"split", "binding"}}


def test_a_binding_takes_a_revision_and_goes_to_no_reader(bound: World) -> None:
    before = bound.whole()

    merge(bound, EDGE, {"deadlineSeconds": 5})
    archive(bound, EDGE)

    after = bound.whole()
    assert after.revision == before.revision + 2
    assert after.documents == before.documents == bound.whole(revision=before.revision).documents
    with bound.store.reading() as view:
        deltas = view.deltas("prod", before.revision - 1, 10)
    assert [(delta.revision - before.revision, dict(delta.edits)) for delta in deltas] == [(0, {}), (1, {}), (2, {})]
    assert bound.verified()


def test_an_archived_environment_holds_no_router(bound: World) -> None:
    environments.archive_environment(bound.store, intent(bound), "prod")
    bound.split(environment="dev")

    assert bind(bound, "edge-1", environment="dev").change_id
