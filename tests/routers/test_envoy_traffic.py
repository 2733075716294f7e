"""What requests see of what Envoy was told: shares, mirrors, and no request lost on the way."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from math import sqrt

import pytest

from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.routing.target import Mirror, Target
from flagsvc.routers.envoy import Envoy
from tests.edges.asked import backend
from tests.edges.told import UNIT_HEADER, changed_under_load
from tests.routers.contract import STEPS, brought_to, target
from tests.routers.envoy_world import NAME, OPTIONS, EnvoyWorld
from tests.support.edge import Backend
from tests.support.envoy import EnvoyServer
from tests.support.link import REFUSE, Link
from tests.support.pipeline import ask_all, request
from tests.support.timing import eventually

pytestmark = pytest.mark.servers

REQUESTS = 1000
COUNTER = "cluster.canary.upstream_rq_total"


class Traffic(EnvoyWorld):
    """One Envoy before two echoing back ends; the link to the canary can be bent."""

    link: Link


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Traffic]:
    with ExitStack() as stack:
        ports = {name: stack.enter_context(Backend(name)).port for name in ("stable", "canary")}
        link = stack.enter_context(Link(ports["canary"]))
        options = replace(OPTIONS, form="weights")
        folder = tmp_path_factory.mktemp("traffic")
        places = {**ports, "canary": link.port}
        made = Traffic(folder, options, example="weights.yaml", nodes=["envoy-1"], ports=places)
        stack.enter_context(made)
        made.link = link
        brought_to(made.router, target(0))
        eventually(lambda: envoy(made).listens, "the port, open")
        yield made


def envoy(world: Traffic) -> EnvoyServer:
    return world.envoys["envoy-1"]


def bring(world: Traffic, router: Envoy, wanted: Target) -> None:
    """Bring the Envoy to a target; its worker, too."""
    brought_to(router, wanted)
    envoy(world).settle()


def served(world: Traffic, count: int = REQUESTS) -> int:
    """Send requests; how many of them the canary has answered."""
    answers = ask_all(envoy(world).port, [request("/", {UNIT_HEADER: "user-1"})] * count)
    assert {answer.status for answer in answers} == {200}
    return sum(backend(answer) == "canary" for answer in answers)


def is_about(found: int, share: float, count: int = REQUESTS) -> bool:
    """Whether that many of `count` draws are within five standard deviations of their share."""
    return abs(found - count * share) <= 5 * sqrt(count * share * (1 - share))


def serves(world: Traffic, share: float) -> bool:
    """Whether the canary answers about that share of the requests."""
    return is_about(served(world), share)


def test_each_step_of_the_weights_is_really_seen(world: Traffic) -> None:
    for number, canary in enumerate(STEPS, 10):
        bring(world, world.router, target(canary, number))

        eventually(partial(serves, world, canary / 100_000), f"{canary} of the requests")


def test_no_request_is_lost_while_weights_change(world: Traffic) -> None:
    def walk() -> None:
        for number, canary in enumerate(STEPS):
            brought_to(world.router, target(canary, number))

    assert changed_under_load(envoy(world).port, walk) == []


def test_a_mirror_copies_its_share_and_answers_come_from_elsewhere(world: Traffic) -> None:
    bring(world, world.router, target(0, 50, mirror=Mirror("canary", 20_000)))
    before = envoy(world).stats(COUNTER)[COUNTER]

    assert served(world) == 0

    eventually(lambda: is_about(envoy(world).stats(COUNTER)[COUNTER] - before, 0.2), "a fifth, copied")
    bring(world, world.router, target(0, 51))
    copied = envoy(world).stats(COUNTER)[COUNTER]
    assert served(world) == 0
    assert envoy(world).stats(COUNTER)[COUNTER] == copied


def test_a_mirror_that_is_not_there_is_never_seen(world: Traffic) -> None:
    bring(world, world.router, target(0, 60, mirror=Mirror("canary", 100_000)))
    failed = "cluster.canary.upstream_cx_connect_fail"

    world.link.set(REFUSE)
    try:
        assert served(world, 200) == 0

        eventually(lambda: envoy(world).stats(failed)[failed] > 0, "copies that reached nobody")
    finally:
        world.link.heal()


def test_requests_are_counted_by_backend_and_not_where_copies_would_be_among_them(world: Traffic) -> None:
    counting = world.with_options(admin={"envoy-1": envoy(world).url})
    bring(world, counting, target(50_000, 70))
    before = counting.counts()

    canary = served(world)

    after = counting.counts()
    assert {name: after[name] - before[name] for name in after} == {"canary": canary, "stable": REQUESTS - canary}
    bring(world, counting, target(50_000, 71, mirror=Mirror("canary", 1_000)))
    with pytest.raises(RouterError, match="cluster of its own"):
        counting.counts()


def test_copies_go_to_a_cluster_of_their_own_where_one_is_named(world: Traffic) -> None:
    apart = world.with_options(mirrors={"canary": "canary_mirror"}, admin={"envoy-1": envoy(world).url})
    copied = target(50_000, 80, mirror=Mirror("canary", 1_000))

    bring(world, apart, copied)

    assert '"cluster":"canary_mirror"' in str(world.shelf.item(NAME))
    assert set(apart.counts()) == {"canary", "stable"}
