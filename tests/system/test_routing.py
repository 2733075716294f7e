"""One split drives HAProxy, nginx, Envoy, Caddy and Traefik: what the API says is what the traffic does."""

import math
from collections.abc import Iterator
from contextlib import ExitStack

import httpx2
import pytest

from flagsdk import FlagClient
from tests.support.plain import PLAIN
from tests.support.timing import eventually
from tests.system.cluster import client_holds
from tests.system.edges import (
    ALL,
    DRAWN,
    PRODUCTION,
    STICKY,
    USERS,
    Bound,
    Edges,
    set_by_hand,
    soon,
    weights_at,
)

pytestmark = pytest.mark.servers

SIGMAS = 5


@pytest.fixture(scope="module")
def edges(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edges]:
    with ExitStack() as stack:
        made = Edges(stack, tmp_path_factory.mktemp("routers"))
        made.edge.bind(ALL, deadlineSeconds=60)
        yield made


@pytest.fixture(autouse=True)
def as_bound(edges: Edges) -> None:
    """Bring it to 0 % with the usual policy, whatever a test has left."""
    edges.edge.edit(drift="reassert", deadlineSeconds=60)
    edges.edge.to(0)


@pytest.fixture(scope="module")
def sdk(edges: Edges) -> Iterator[FlagClient]:
    wanted = {"kind": "sdk", "environment": "production", "name": "tests"}
    token = edges.service.call("POST", "tokens", wanted)["document"]["token"]
    with FlagClient(edges.service.url, environment="production", token=token, report_seconds=0) as client:
        yield client


def revision_of(edges: Edges) -> int:
    return int(edges.service.call("GET", f"{PRODUCTION}/splits/checkout")["version"])


def test_every_router_follows_every_step_and_edge_and_application_agree(edges: Edges, sdk: FlagClient) -> None:
    for canary in (5, 25, 50, 100, 0):
        edges.edge.to(canary)
        eventually(lambda: client_holds(sdk, revision_of(edges)), "the SDK")
        cohorts = [sdk.cohort("checkout", user) for user in USERS]

        for name in STICKY:
            assert edges.users(name) == cohorts, (name, canary)
        for name in DRAWN:
            deviation = 100 * math.sqrt(canary / 100 * (1 - canary / 100) / 600)
            assert abs(edges.seen(name) - canary) <= SIGMAS * deviation, (name, canary)

    assert {name: edges.edge.router(name)["standing"] for name in ALL} == dict.fromkeys(ALL, "applied")


def test_a_router_that_dies_in_the_middle_takes_the_change_back_everywhere_and_is_told_when_it_returns(
    edges: Edges,
) -> None:
    edges.edge.to(5)
    edges.edge.edit(deadlineSeconds=4)
    caddy = edges.balancers["caddy"]
    caddy.server.pause()
    try:
        edges.edge.weigh(50)
        soon(lambda: weights_at(edges.haproxy)["canary1"] == 128, "the first one, told")
        caddy.server.kill()
        soon(lambda: edges.edge.wanted() == 5, "the split, put back")
        for name in ("weights", "map", "nginx"):
            soon(edges.edge.stands(name, "applied"), f"{name}, back")
        assert weights_at(edges.haproxy) == {"stable1": 243, "canary1": 13}
        assert 0 < edges.seen("map") < 10
        assert not edges.edge.is_applied(5)
        [change, *_] = edges.service.call("GET", f"{PRODUCTION}/changes?kind=split&key=checkout")["items"]
        assert (change["action"], "caddy" in change["reason"]) == ("split.revert", True)
    finally:
        caddy.server.kill()
        caddy.start()

    edges.edge.applied(5)
    assert 0 < edges.seen("caddy") < 12
    assert "caddy" in edges.edge.status()["cause"]
    assert [kind for kind in edges.edge.kinds() if kind in {"rolling-back", "reverted", "rolled-back"}] == [
        "rolling-back", "reverted", "rolled-back",
    ]  # fmt: skip


def test_a_retreat_takes_everybody_who_can_be_reached_at_once_and_the_other_when_it_returns(edges: Edges) -> None:
    edges.edge.to(50)
    nginx = edges.balancers["nginx"]
    nginx.server.kill()
    try:
        edges.edge.weigh(0)
        for name in (name for name in ALL if name != "nginx"):
            soon(edges.edge.stands(name, "applied"), f"{name} at stable")
            assert edges.seen(name, 100) == 0, name
        assert edges.edge.status()["phase"] == "applying"
        assert not edges.edge.router("nginx")["reachable"]
    finally:
        nginx.start()

    edges.edge.applied(0)
    assert edges.seen("nginx", 100) == 0
    assert edges.edge.wanted() == 0


@pytest.mark.parametrize("drift", ["reassert", "pause"])
def test_an_haproxy_that_was_restarted_has_its_weights_again(edges: Edges, drift: str) -> None:
    edges.edge.edit(drift=drift)
    edges.edge.to(5)
    edges.edge.to(25)
    edges.haproxy.kill()
    edges.haproxy.start()  # with nothing for the canary, as its file says

    soon(lambda: weights_at(edges.haproxy) == {"stable1": 192, "canary1": 64}, "told again")
    edges.edge.applied(25)


def test_weights_that_were_edited_by_hand_are_told_over_and_said(edges: Edges) -> None:
    edges.edge.to(25)
    set_by_hand(edges.haproxy, 200)

    soon(lambda: weights_at(edges.haproxy) == {"stable1": 192, "canary1": 64}, "told again")

    soon(lambda: edges.edge.kinds()[-3:] == ["drift", "reasserted", "agrees"], "the events")


def test_weights_that_were_edited_by_hand_stay_where_the_policy_says_so_with_an_alarm(edges: Edges) -> None:
    edges.edge.edit(drift="pause")
    edges.edge.to(25)
    set_by_hand(edges.haproxy, 200)

    soon(lambda: edges.edge.status()["phase"] == "paused", "the pause")

    assert weights_at(edges.haproxy)["canary1"] == 200
    assert edges.edge.router("weights")["standing"] == "drifted"
    assert edges.edge.router("weights")["observed"]["steps"]["canary"] == 200
    metrics = httpx2.get(f"{edges.service.url}/metrics", trust_env=False, verify=PLAIN).text
    assert 'flagsvc_router_drift{binding="edge",environment="production",router="weights"} 1.0' in metrics
    assert 'flagsvc_router_drift{binding="edge",environment="production",router="map"} 0.0' in metrics
    assert edges.edge.kinds()[-2:] == ["drift", "paused"]
    edges.service.call("POST", f"{PRODUCTION}/bindings/edge/resume")
    edges.edge.applied(25)
    assert weights_at(edges.haproxy)["canary1"] == 64


def test_swap_and_swap_back_are_one_call_each_and_a_preview_goes_before_them(edges: Edges) -> None:
    for name in ("map", "nginx"):
        previewed = edges.users(name, USERS[:20], **{"X-Force-Cohort": "canary"})
        assert (set(previewed), edges.seen(name, 100)) == ({"canary"}, 0), name

    for expected in (100, 0):
        edges.service.call("POST", f"{PRODUCTION}/splits/checkout/swap", {"reason": "the other colour"})
        edges.edge.applied(expected)
        assert {name: edges.seen(name, 100) for name in ALL} == dict.fromkeys(ALL, float(expected))


def test_the_share_that_is_seen_tells_a_router_that_takes_weights_and_ignores_them(edges: Edges) -> None:
    lying = Bound(edges.service, "other", "lying")
    lying.make_split()
    lying.bind(["first"])
    lying.to(25)
    edges.edge.to(25)
    sent = 0

    def judged(bound: Bound, name: str, verdict: str) -> bool:
        nonlocal sent
        edges.users(name, USERS[:25])
        sent += 25
        return (bound.router(name)["share"] or {}).get("verdict") == verdict

    soon(lambda: judged(lying, "first", "off") and "share-off" in lying.kinds(), "the alarm")
    soon(lambda: judged(edges.edge, "weights", "ok"), "no alarm where weights are kept")

    share = lying.router("first")["share"]
    assert "canary: 25 % wanted, 0 % seen" in share["detail"]
    honest = edges.edge.router("weights")["share"]
    assert 15 < honest["seen"]["canary"] / 1000 < 35
    assert "share-off" not in edges.edge.kinds()
