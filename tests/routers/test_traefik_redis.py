"""The router of Traefik's Redis provider, on the real programs."""

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from flagsdk.redis_link.connecting import Limits
from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.routing.target import Mirror
from flagsvc.routers.traefik_redis import Options
from tests.edges.told import changed_under_load
from tests.routers.contract import RouterContract, agrees, brought_to, target
from tests.routers.traefik_world import NOTICES, TraefikSite, TraefikWorld, open_client, options
from tests.support.link import HOLE, Fault, Link, Way
from tests.support.pipeline import ask_all, request
from tests.support.timing import eventually

pytestmark = pytest.mark.servers

ROOT = "traefik/http/services"
WEIGHTED = f"{ROOT}/checkout/weighted"
QUICK = Limits(connect_seconds=0.3, answer_seconds=0.3)


class RedisWorld(TraefikWorld):
    """Told through Redis."""

    def by_hand(self, canary: int) -> None:
        with open_client(self.site.redis) as client:
            client.mset({f"{WEIGHTED}/services/0/weight": canary, f"{WEIGHTED}/services/1/weight": 100_000 - canary})

    def writes(self) -> int:
        return self.calls("exec")

    def calls(self, command: str) -> int:
        """How often Redis has run a command."""
        with open_client(self.site.redis) as client:
            found = client.info("commandstats")
        return int(found.get(f"cmdstat_{command}", {}).get("calls", 0))

    def between(self, router: Any, monkeypatch: pytest.MonkeyPatch, what: Any) -> None:
        """Do something after `router` has read, and before it writes."""
        read = router._keys._held

        def held(client: Any) -> Any:
            found = read(client)
            what()
            return found

        monkeypatch.setattr(router._keys, "_held", held)


@pytest.fixture(scope="module")
def site() -> Iterator[TraefikSite]:
    with TraefikSite("redis") as site:
        yield site


@pytest.fixture
def world(site: TraefikSite) -> RedisWorld:
    site.clean()
    return RedisWorld(site, "edge-redis")


class TestTraefikRedis(RouterContract):
    pass


def test_the_shares_are_exact_on_the_way_up_and_back(world: RedisWorld) -> None:
    for canary in (0, 1_000, 5_000, 25_000, 50_000, 100_000, 0):
        brought_to(world.router, target(canary))

        seen = world.site.seen(1_000)["canary"]

        assert abs(seen - canary / 100) <= (3 if 0 < canary < 100_000 else 0)


def test_no_request_fails_while_weights_swap_from_all_to_nothing(world: RedisWorld) -> None:
    """One after the other, the two weights would both be 0 for a moment: that is answered with 503."""
    brought_to(world.router, target(0))

    def swap() -> None:
        for number in range(6):
            brought_to(world.router, target(100_000 if number % 2 == 0 else 0, number))

    assert changed_under_load(world.site.port, swap) == []


def test_the_keys_change_in_one_transaction(world: RedisWorld) -> None:
    before = {command: world.calls(command) for command in ("exec", "mset", "set")}

    world.router.apply(target(25_000))

    after = {command: world.calls(command) for command in before}
    assert after == {**before, "exec": before["exec"] + 1, "mset": before["mset"] + 1}


def test_a_writer_in_between_is_a_conflict_and_stays(world: RedisWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    brought_to(world.router, target(5_000))
    with monkeypatch.context() as patch:
        world.between(world.router, patch, lambda: world.by_hand(50_000))

        with pytest.raises(RouterError, match="in between") as told:
            world.router.apply(target(25_000))

    assert (told.value.conflict, told.value.permanent) == (True, False)
    eventually(lambda: agrees(world.router, target(50_000)), "what the other wrote")
    brought_to(world.router, target(25_000))


def test_other_services_stay_and_what_is_too_much_in_ours_goes(world: RedisWorld) -> None:
    other = f"{ROOT}/checkout-old/weighted/services/0/name"
    surplus = f"{WEIGHTED}/services/2/name"
    with open_client(world.site.redis) as client:
        client.mset({other: "stable@file", surplus: "stable@file"})
        assert f"DEL {surplus}" in world.router.plan(target(5_000))

        brought_to(world.router, target(5_000))

        assert (client.get(other), client.get(surplus)) == ("stable@file", None)


def test_what_counts_is_what_traefik_holds_not_what_redis_holds(world: RedisWorld) -> None:
    brought_to(world.router, target(5_000))
    with open_client(world.site.redis) as client:
        client.config_set("notify-keyspace-events", "")
        world.router.apply(target(50_000))
        assert client.get(f"{WEIGHTED}/services/0/weight") == "50000"
        assert agrees(world.router, target(5_000))
        client.config_set(*NOTICES)

    assert all(line.endswith("again") for line in world.router.plan(target(50_000)))
    brought_to(world.router, target(50_000))


def test_a_dead_redis_is_a_temporary_error_and_the_last_table_stays(world: RedisWorld) -> None:
    brought_to(world.router, target(25_000))
    world.site.redis.kill()

    with pytest.raises(RouterError, match="Redis") as told:
        world.router.apply(target(50_000))

    assert not told.value.permanent
    assert agrees(world.router, target(25_000))
    assert 95 < world.site.seen(400)["canary"] < 105
    world.site.redis.start()
    with open_client(world.site.redis) as client:
        client.config_set(*NOTICES)
    brought_to(world.router, target(50_000))


def test_a_frozen_redis_is_a_temporary_error_in_time(world: RedisWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flagsvc.routers.traefik_redis.LIMITS", QUICK)
    with Link(world.site.redis.port) as link:
        router = world.site.made("edge-redis", redis=f"redis://127.0.0.1:{link.port}/0")
        link.set(HOLE)

        with pytest.raises(RouterError, match="TimeoutError") as told:
            router.apply(target(50_000))

    assert not told.value.permanent


def test_what_was_written_after_the_time_limit_is_read_back_as_done(
    world: RedisWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flagsvc.routers.traefik_redis.LIMITS", QUICK)
    with Link(world.site.redis.port) as link:
        router = world.site.made("edge-redis", redis=f"redis://127.0.0.1:{link.port}/0")
        world.between(router, monkeypatch, lambda: link.set(Fault(down=Way(held=True))))

        with pytest.raises(RouterError, match="TimeoutError") as told:
            router.apply(target(50_000))

        assert not told.value.permanent
        eventually(lambda: agrees(router, target(50_000)), "what was written all the same")


def test_an_emptied_redis_is_seen_and_everybody_is_stable_until_it_is_told_again(world: RedisWorld) -> None:
    brought_to(world.router, target(100_000))

    world.site.redis.empty()
    with open_client(world.site.redis) as client:
        client.set("traefik/http/middlewares/none/headers/sslProxyHeaders/x", "y")

    eventually(lambda: not agrees(world.router, target(100_000)), "the loss, seen")
    assert "holds no service checkout" in world.router.observe().detail
    assert world.site.seen(50)["stable"] == 50
    brought_to(world.router, target(100_000))


def test_a_user_without_rights_is_a_permanent_error_without_the_secret(world: RedisWorld, tmp_path: Any) -> None:
    address = tmp_path / "redis.url"
    with open_client(world.site.redis) as client:
        client.acl_setuser("weak", enabled=True, passwords=["+s3cret"], keys=["*"], commands=["+get", "+scan", "+mget"])
    for words in ("weak:s3cret", "weak:wr0ng"):
        address.write_text(f"redis://{words}@127.0.0.1:{world.site.redis.port}/0\n")
        router = world.site.made("edge-redis", redis="", redis_file=str(address))

        with pytest.raises(RouterError, match="the user needs watch") as told:
            router.apply(target(5_000))

        assert told.value.permanent
        assert words.partition(":")[2] not in str(told.value)


def test_a_backend_that_traefik_does_not_have_is_seen(world: RedisWorld) -> None:
    router = world.site.made("edge-redis", backends={"stable": "stable@file", "canary": "nowhere@file"})

    router.apply(target(5_000))

    eventually(lambda: "nowhere@file" in router.observe().detail, "what Traefik says")
    assert not agrees(router, target(5_000))


def test_a_service_to_which_nothing_leads_is_said(world: RedisWorld) -> None:
    router = world.site.made("edge-redis", service="forgotten")

    brought_to(router, target(5_000))

    assert "no router of Traefik's leads to forgotten" in router.observe().detail


def test_a_mirror_copies_its_share_and_is_taken_back(world: RedisWorld) -> None:
    router = world.site.made("edge-redis", mirror=True)
    brought_to(router, target(0, mirror=Mirror("canary", 20_000)))
    before = world.site.count("canary")

    assert world.site.seen(500)["stable"] == 500

    eventually(lambda: world.site.count("canary") - before >= 90, "the copies")
    brought_to(router, target(0))
    before = world.site.count("canary")
    world.site.seen(100)
    assert world.site.count("canary") - before <= 5  # those that were still on the way
    with pytest.raises(RouterError, match=r"whole percents, not 0\.5 %") as told:
        router.apply(target(0, mirror=Mirror("canary", 500)))
    assert told.value.permanent


def test_a_cookie_pins_both_sides_and_weight_0_recalls_all(world: RedisWorld) -> None:
    router = world.site.made("edge-redis", sticky_cookie="side")
    assert router.capabilities.sticky == "own"
    brought_to(router, target(50_000))
    answers = ask_all(world.site.port, [request("/", {})] * 40)
    cookies = [answer.headers["set-cookie"].partition(";")[0] for answer in answers]

    brought_to(router, target(99_000))
    pinned = world.site.seen(40, lambda number: {"Cookie": cookies[number]})
    assert abs(pinned["canary"] - 20) <= 2  # of those that come with a cookie, not 99 % but who was there before

    brought_to(router, target(0))
    assert world.site.seen(40, lambda number: {"Cookie": cookies[number]})["stable"] == 40


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"api": []}, "api is needed"),
        ({"api": ["10.0.0.5:8080"]}, "such as http://"),
        ({"redis": ""}, "either by redis or by redis_file"),
        ({"redis_file": "/somewhere"}, "either by redis or by redis_file"),
        ({"redis": "redis+cluster://127.0.0.1:7000"}, "slots"),
        ({"redis": "http://127.0.0.1"}, "redis"),
        ({"service": "checkout@redis"}, "bare name"),
        ({"backends": {"stable": "stable", "canary": "canary@file"}}, "with its provider"),
        ({"backends": {"stable": "a@file", "canary": "a@file"}}, "same service"),
        ({"weights": {}}, "weights"),
    ],
)
def test_options_that_cannot_work_stop_the_start(change: dict[str, Any], words: str) -> None:
    given = options("edge-redis")

    assert TypeAdapter(Options).validate_python(given)
    with pytest.raises(ValidationError, match=words):
        TypeAdapter(Options).validate_python(given | change)


def test_without_an_api_nothing_starts() -> None:
    given = options("edge-redis")
    del given["api"]

    with pytest.raises(ValidationError, match="nothing could be read back"):
        TypeAdapter(Options).validate_python(given)
