"""Two replicas over PostgreSQL and Redis tell real HAProxies: whoever dies or is frozen, no mixture stays."""

import json
import random
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx2
import pytest

from tests.support import haproxy
from tests.support.edge import Backend, Places
from tests.support.plain import PLAIN
from tests.support.process import free_port
from tests.support.servers import PostgresServer, RedisServer
from tests.support.service import Service
from tests.system.edges import PRODUCTION, Bound, replaced, set_by_hand, soon, weights_at, weights_of

pytestmark = pytest.mark.servers

TRIALS = 12
TOLD = {0: {"stable1": 256, "canary1": 0}, 5: {"stable1": 243, "canary1": 13}, 25: {"stable1": 192, "canary1": 64}}
TOLD |= {50: {"stable1": 128, "canary1": 128}}


class Site:
    """Two HAProxies, each with a pool for every trial besides the one of the others."""

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        ports = {name: stack.enter_context(Backend(name)).port for name in ("stable", "canary")}
        self.edges = {name: pools(ports) for name in ("one", "two")}
        self.postgres, self.redis = PostgresServer(), RedisServer()
        for edge in self.edges.values():
            stack.callback(edge.close)
            edge.start()
        for server in (self.postgres, self.redis):
            stack.callback(server.close)
            server.start()
        file = folder / "routers.yaml"
        file.write_text(json.dumps({"routers": dict(self._routers())}))
        settings = {"DATABASE_URL": self.postgres.url, "REDIS_URL": self.redis.url, "SAMPLE_DATA": "true"}
        settings |= {"ROUTERS": str(file), "DATABASE_PATIENCE_SECONDS": "5"}
        self.replicas = (Service(settings), Service(settings))
        for replica in self.replicas:
            stack.callback(replica.close)
            replica.start()

    def _routers(self) -> Iterator[tuple[str, Mapping[str, object]]]:
        for name, edge in self.edges.items():
            yield name, weights_of(edge.socket)
            for trial in range(TRIALS):
                yield f"{name}-{trial}", weights_of(edge.socket, f"trial{trial}")

    def driving(self) -> Service | None:
        """Tell which replica drives: only that one has the metrics of bindings."""
        for replica in self.replicas:
            with suppress(httpx2.HTTPError):
                text = httpx2.get(f"{replica.url}/metrics", trust_env=False, verify=PLAIN, timeout=1).text
                if "flagsvc_binding_phase{" in text:
                    return replica
        return None

    def parted(self) -> tuple[Service, Service]:
        """Give the one that drives, and the other."""
        soon(self.driving, "a replica that drives")
        driving = self.driving()
        assert driving is not None
        return driving, next(replica for replica in self.replicas if replica is not driving)

    def both(self, canary: int, pool: str = "shop") -> bool:
        """Whether both HAProxies hold that share."""
        return all(weights_at(edge, pool) == TOLD[canary] for edge in self.edges.values())


def pools(ports: Mapping[str, int]) -> haproxy.HaproxyServer:
    """Make an HAProxy with one pool more for each trial."""
    made = haproxy.weights(Places(port=free_port(), services=[], backends=ports, limit="5s"))
    file = made.folder / "haproxy.cfg"
    text = file.read_text()
    pool = text[text.index("\nbackend shop") :]
    more = "".join(replaced(pool, {"backend shop": f"backend trial{trial}"}) for trial in range(TRIALS))
    file.write_text(text + more)
    return made


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with ExitStack() as stack:
        made = Site(stack, tmp_path_factory.mktemp("routers"))
        bound = Bound(made.replicas[0], "checkout", "edge")
        bound.weigh(0)
        bound.bind(["one", "two"], deadlineSeconds=60, drift="pause")
        yield made


@pytest.fixture(autouse=True)
def at_rest(site: Site) -> None:
    for replica in site.replicas:
        if not replica.alive:
            replica.start()
    Bound(site.replicas[0], "checkout", "edge").to(0)


def test_killed_at_any_moment_every_binding_ends_where_all_of_its_routers_agree(site: Site) -> None:
    """A dozen bindings, each in another moment of its attempt when the replica that drives them is killed."""
    driving, other = site.parted()
    chance = random.Random(14)  # noqa: S311  # moments of a test, repeatable
    trials = [Bound(other, f"trial-{trial}", f"trial-{trial}") for trial in range(TRIALS)]
    for trial, bound in enumerate(trials):
        bound.make_split()
        bound.bind([f"one-{trial}", f"two-{trial}"], deadlineSeconds=30)
    for bound in trials:
        bound.applied(0)

    for bound in trials:
        bound.weigh(25)
        time.sleep(chance.uniform(0, 0.03))
    driving.kill()

    for trial, bound in enumerate(trials):
        bound.applied(bound.wanted())
        assert site.both(bound.wanted(), f"trial{trial}"), trial


def test_when_the_one_that_drives_is_killed_the_other_does_within_the_lease(site: Site) -> None:
    driving, other = site.parted()
    bound = Bound(other, "checkout", "edge")

    driving.kill()
    bound.weigh(25)

    bound.applied(25)
    assert site.both(25)
    assert site.driving() is other


def test_one_that_was_frozen_does_no_harm_when_it_goes_on(site: Site) -> None:
    driving, other = site.parted()
    bound = Bound(other, "checkout", "edge")
    bound.to(5)
    bound.weigh(25)
    driving.pause()
    try:
        bound.weigh(50)
        bound.applied(50)
        assert site.both(50)
    finally:
        driving.resume()

    soon(
        lambda: httpx2.get(f"{driving.url}/health/ready", trust_env=False, verify=PLAIN).status_code == 200,
        "the old one, awake",
    )
    time.sleep(2.5)  # in which a late write would be found and told over
    assert bound.is_applied(50)
    assert site.both(50)
    assert site.driving() is other


def test_a_replica_that_is_asked_to_leave_while_a_router_hangs_leaves_in_time_and_the_other_goes_on(
    site: Site,
) -> None:
    driving, other = site.parted()
    bound = Bound(other, "checkout", "edge")
    site.edges["two"].pause()
    try:
        bound.weigh(25)
        soon(lambda: weights_at(site.edges["one"]) == TOLD[25], "the first one, told")

        code = driving.stop(signal.SIGTERM, seconds=20)
    finally:
        site.edges["two"].resume()

    assert code == 0
    bound.applied(25)
    assert site.both(25)


def test_without_the_database_nothing_is_told_and_edges_keep_what_they_have(site: Site) -> None:
    bound = Bound(site.replicas[0], "checkout", "edge")
    bound.to(25)
    site.postgres.stop()
    try:
        set_by_hand(site.edges["one"], 200)
        set_by_hand(site.edges["two"], 0)
        time.sleep(3)
        assert [weights_at(edge)["canary1"] for edge in site.edges.values()] == [200, 0]
    finally:
        site.postgres.start()

    soon(lambda: bound.status()["phase"] == "paused", "found, and left alone")
    soon(lambda: bound.service.call("POST", f"{PRODUCTION}/bindings/edge/resume"), "going on")
    bound.applied(25)
    assert site.both(25)


def test_without_redis_routers_are_told_all_the_same(site: Site) -> None:
    site.redis.kill()
    try:
        Bound(site.replicas[0], "checkout", "edge").to(50)
        assert site.both(50)
    finally:
        site.redis.start()
