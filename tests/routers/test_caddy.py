"""The router of Caddy, on a real one."""

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.routing.observed import disagreement
from flagsvc.routers.caddy import Options
from tests.routers.caddy_world import CaddyWorld, entry
from tests.routers.contract import RouterContract, agrees, brought_to, target
from tests.support.steady import lost_while

pytestmark = pytest.mark.servers


@pytest.fixture
def world() -> Iterator[CaddyWorld]:
    with CaddyWorld() as world:
        yield world


class TestCaddy(RouterContract):
    pass


def test_one_that_resumes_keeps_what_it_was_told() -> None:
    with CaddyWorld(resumes=True) as world:
        assert world.router.capabilities.persistent
        brought_to(world.router, target(25_000))

        world.restart()

        assert agrees(world.router, target(25_000))
        assert 150 < world.seen()["canary"] < 350


def test_the_shares_are_really_seen_on_the_way_up_and_back(world: CaddyWorld) -> None:
    for canary in (0, 5_000, 25_000, 50_000, 100_000, 0):
        brought_to(world.router, target(canary))

        seen = world.seen(1_000)["canary"]

        deviation = (1_000 * canary * (100_000 - canary)) ** 0.5 / 100_000
        assert abs(seen - 1_000 * canary / 100_000) <= 5 * deviation


def test_no_request_is_lost_while_weights_change(world: CaddyWorld) -> None:
    """Each change closes connections that wait: Caddy has replaced its server."""

    def walk() -> None:
        for number in range(3):
            for canary in world.steps:
                brought_to(world.router, target(canary, number))

    assert lost_while(world.port, walk) == []


def test_nothing_but_the_upstreams_of_that_handler_changes(world: CaddyWorld) -> None:
    handler = world.server.config(world.path)
    other = {"match": [{"path": ["/other"]}], "handle": [{**handler, "upstreams": [{"dial": "127.0.0.1:9"}]}]}
    routes = world.path.rpartition("/routes/")[0] + "/routes"
    world.server.ask("POST", f"/config/{routes}", other)
    before = world.server.config("apps")

    brought_to(world.router, target(25_000))

    after = world.server.config("apps")
    told = after["http"]["servers"]["srv0"]["routes"][0]["handle"][0]
    assert len(told.pop("upstreams")) == 4
    before["http"]["servers"]["srv0"]["routes"][0]["handle"][0].pop("upstreams")
    assert after == before


def test_a_handler_with_an_id_is_found_wherever_it_is(world: CaddyWorld) -> None:
    world.server.ask("PUT", f"/config/{world.path}/@id", "checkout")
    routes = world.path.rpartition("/routes/")[0] + "/routes"
    router = world.made(path="", id="checkout")
    brought_to(router, target(5_000))

    world.server.ask("PUT", f"/config/{routes}/0", {"match": [{"path": ["/other"]}], "handle": []})

    assert agrees(router, target(5_000))
    brought_to(router, target(50_000))
    assert 400 < world.seen()["canary"] < 600
    with pytest.raises(RouterError, match="routes/0/handle/0") as told:
        world.router.apply(target(5_000))
    assert told.value.permanent


@pytest.mark.parametrize("named", [{"path": "", "id": "nowhere"}, {"path": "apps/http/servers/nope/routes/0"}])
def test_a_handler_that_is_not_there_is_a_permanent_error_that_says_so(
    world: CaddyWorld, named: dict[str, str]
) -> None:
    router = world.made(**named)

    for call in (router.observe, lambda: router.plan(target(5_000)), lambda: router.apply(target(5_000))):
        with pytest.raises(RouterError, match="nothing") as told:
            call()
        assert told.value.permanent
    assert world.writes() == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"load_balancing": {"selection_policy": {"policy": "ip_hash"}}}, "'ip_hash' does not follow"),
        ({"dynamic_upstreams": {"source": "a", "name": "localhost"}}, "dynamic"),
        ({"upstreams": [{"dial": "127.0.0.1:9", "max_requests": 7}]}, "max_requests"),
        ({"upstreams": [{"dial": "127.0.0.1:9"}]}, "127.0.0.1:9 is no backend's"),
    ],
)
def test_a_handler_that_cannot_carry_weights_is_left_alone(
    world: CaddyWorld, change: dict[str, Any], words: str
) -> None:
    handler = world.server.config(world.path) | change
    world.server.ask("PATCH", f"/config/{world.path}", handler)

    for call in (world.router.observe, lambda: world.router.apply(target(5_000))):
        with pytest.raises(RouterError, match=words) as told:
            call()
        assert told.value.permanent
    assert world.server.config(world.path) == handler


def test_somebody_who_writes_in_between_is_a_conflict_and_stays(world: CaddyWorld) -> None:
    brought_to(world.router, target(5_000))
    world.meddler.before = lambda: world.by_hand(50_000)

    with pytest.raises(RouterError, match="412") as told:
        world.router.apply(target(25_000))

    assert (told.value.conflict, told.value.permanent) == (True, False)
    assert agrees(world.router, target(50_000))
    world.meddler.before = None
    brought_to(world.router, target(25_000))


def test_somebody_who_writes_elsewhere_in_between_is_no_conflict(world: CaddyWorld) -> None:
    brought_to(world.router, target(5_000))
    world.meddler.before = lambda: world.server.ask("POST", "/config/apps/http/grace_period", "5s")

    world.router.apply(target(25_000))

    assert agrees(world.router, target(25_000))
    assert world.server.config("apps/http/grace_period") == "5s"


def test_success_that_changed_nothing_is_an_error(world: CaddyWorld) -> None:
    brought_to(world.router, target(5_000))
    world.meddler.mood = "lying"

    with pytest.raises(RouterError, match="holds others") as told:
        world.router.apply(target(25_000))

    assert not told.value.permanent
    assert agrees(world.router, target(5_000))


def test_an_answer_that_comes_too_late_is_a_temporary_error_and_read_back_as_done(
    world: CaddyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flagsvc.outbound.http.READ_SECONDS", 0.5)
    router = world.made()
    world.meddler.mood = "late"

    with pytest.raises(RouterError, match="no answer in time") as told:
        router.apply(target(25_000))

    assert not told.value.permanent
    assert agrees(router, target(25_000))
    world.meddler.release()
    router.apply(target(25_000))
    assert world.writes() == 1


def test_a_frozen_one_is_a_temporary_error(world: CaddyWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flagsvc.outbound.http.READ_SECONDS", 0.5)
    router = world.made(nodes=(f"http://127.0.0.1:{world.server.admin}",))
    world.server.pause()

    try:
        with pytest.raises(RouterError, match="no answer in time") as told:
            router.apply(target(25_000))
    finally:
        world.server.resume()

    assert not told.value.permanent
    brought_to(router, target(25_000))


def test_addresses_of_one_backend_share_alike(world: CaddyWorld) -> None:
    stable, (canary,) = world.addresses["stable"], world.addresses["canary"]
    doubled = {"stable": stable, "canary": (canary, canary.replace("127.0.0.1", "localhost"))}
    router = world.made(backends=doubled)

    brought_to(router, target(5_000))

    listed = [upstream["dial"] for upstream in world.server.config(f"{world.path}/upstreams")]
    assert {address: listed.count(address) for address in set(listed)} == {stable[0]: 38} | dict.fromkeys(
        doubled["canary"], 1
    )
    assert 50 < world.seen(2_000)["canary"] < 160


@pytest.mark.parametrize("listed", [("stable",) * 7 + ("canary",), ("stable",) * 3, ()])
def test_a_list_changed_by_hand_to_something_in_between_agrees_with_nothing(
    world: CaddyWorld, listed: tuple[str, ...]
) -> None:
    router = world.made(backends=world.addresses | {"canary": (*world.addresses["canary"], "127.0.0.1:9")})

    world.list_by_hand(*(world.addresses[name][0] for name in listed))

    observed = router.observe()
    agreeing = {
        canary for canary in range(0, 100_001, 1000) if not disagreement(target(canary), observed, router.capabilities)
    }
    assert agreeing == ({0} if set(listed) == {"stable"} else set())


def test_it_is_done_when_every_node_holds_it(world: CaddyWorld) -> None:
    with CaddyWorld() as second:
        second.list_by_hand(*world.addresses["stable"])
        router = world.made(nodes=(world.meddler.url, second.meddler.url))
        brought_to(router, target(25_000))
        assert len(router.plan(target(50_000))) == 2

        world.by_hand(50_000)

        observed = router.observe()
        assert observed.weights == {"stable": 50, "canary": 25}
        assert observed.detail.count("canary") == 2
        assert len(router.plan(target(25_000))) == 1
        with second.down(), pytest.raises(RouterError, match="502") as told:
            router.apply(target(5_000))
        assert not told.value.permanent
        assert agrees(world.router, target(5_000))  # those that answer are told all the same
        second.list_by_hand(*world.addresses["stable"])
        brought_to(router, target(5_000))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"path": ""}, "either by id or by path"),
        ({"id": "both"}, "either by id or by path"),
        ({"nodes": ["127.0.0.1:2019"]}, "http://"),
        ({"nodes": []}, "http://"),
        ({"backends": {}}, "names of the split's backends"),
        ({"backends": {"stable": ["a:1"], "canary": []}}, "names of the split's backends"),
        ({"backends": {"stable": ["a:1"], "canary": ["a:1"]}}, "twice"),
        ({"backends": {"stable": [f"a:{n}" for n in range(7)], "canary": ["b:1", "b:2", "b:3"]}}, "common multiple"),
        ({"weights": {}}, "weights"),
    ],
)
def test_options_that_cannot_work_stop_the_start(change: dict[str, Any], words: str) -> None:
    given = {name: value for name, value in entry().items() if name != "kind"}

    assert TypeAdapter(Options).validate_python(given)
    with pytest.raises(ValidationError, match=words):
        TypeAdapter(Options).validate_python(given | change)


def test_a_handler_that_lost_its_upstreams_gets_them_back(world: CaddyWorld) -> None:
    brought_to(world.router, target(5_000))
    world.server.ask("DELETE", f"/config/{world.path}/upstreams")
    assert world.router.observe().weights == {"stable": 0, "canary": 0}

    brought_to(world.router, target(5_000))

    assert 10 < world.seen()["canary"] < 100
