"""What people see of a binding's state: every number with its unit, and nothing for what was never seen."""

from dataclasses import replace

from flagsvc.domain.routing.capabilities import Capabilities
from flagsvc.domain.routing.share import Share
from flagsvc.domain.routing.state import BindingState, RouterState
from flagsvc.domain.routing.status import status_of
from flagsvc.domain.routing.target import Mirror
from tests.routers.contract import target

ABLE = {"edge": Capabilities(granularity=256, sticky="own", backends=frozenset({"stable", "canary"}))}
SEEN = RouterState(
    name="edge",
    standing="applied",
    observed={"stable": 243, "canary": 13},
    granularity=256,
    observed_revision="epoch.2",
    observed_at=1_000_000_000.5,
    applied_revision="epoch.2",
    applied_at=1_000_000_000.0,
    tries=2,
    detail="fine",
)
STATE = BindingState(
    phase="applied",
    since=1_000_000_000.0,
    attempt=3,
    desired=target(5_000, 2),
    settled=target(5_000, 2),
    routers=(SEEN,),
)


def test_a_router_shows_what_it_shall_be_what_it_was_told_and_what_was_read() -> None:
    [router] = status_of(STATE, ABLE)["routers"]

    assert router["desired"] == {
        "revision": "epoch.2",
        "weights": {"stable": 95_000, "canary": 5_000},
        "steps": {"stable": 243, "canary": 13},
    }
    assert router["applied"] == {"revision": "epoch.2", "at": "2001-09-09T01:46:40.000000Z"}
    assert router["observed"] == {
        "revision": "epoch.2",
        "at": "2001-09-09T01:46:40.500000Z",
        "steps": {"stable": 243, "canary": 13},
        "weights": {"stable": 94_922, "canary": 5_078},
    }
    assert (router["tries"], router["detail"], router["reachable"]) == (2, "fine", True)
    assert router["capabilities"]["backends"] == ["canary", "stable"]


def test_the_whole_shows_where_it_is_and_where_it_was() -> None:
    mirrored = replace(target(10_000, 3), mirror=Mirror("canary", 500), untold=("rules",))
    status = status_of(replace(STATE, phase="applying", desired=mirrored, cause=""), ABLE)

    assert (status["phase"], status["since"], status["attempt"]) == ("applying", "2001-09-09T01:46:40.000000Z", 3)
    assert status["desired"]["mirror"] == {"backend": "canary", "share": 500}
    assert status["untold"] == ["rules"]
    assert status["settled"] == {"revision": "epoch.2", "weights": {"stable": 95_000, "canary": 5_000}, "mirror": None}


def test_on_the_way_back_a_router_shall_be_what_was_settled() -> None:
    for phase in ("returning", "failed"):
        status = status_of(replace(STATE, phase=phase, desired=target(50_000, 3)), ABLE)

        assert status["desired"]["revision"] == "epoch.3"
        assert status["routers"][0]["desired"]["revision"] == "epoch.2"


def test_what_was_never_seen_is_null() -> None:
    state = BindingState(desired=target(5_000), routers=(RouterState(name="edge"),))

    status = status_of(state, ABLE)

    [router] = status["routers"]
    assert (status["since"], status["settled"]) == (None, None)
    assert (router["applied"], router["observed"], router["share"]) == (None, None, None)


def test_a_router_that_is_not_configured_here_shows_what_is_known_of_it() -> None:
    [router] = status_of(STATE, {})["routers"]

    assert router["capabilities"] is None
    assert router["desired"]["steps"] == {"stable": 243, "canary": 13}


def test_weights_that_cannot_be_told_have_no_steps_and_nothing_read_has_no_parts() -> None:
    coarse = {"edge": Capabilities(granularity=5)}
    nothing = replace(SEEN, observed={"stable": 0, "canary": 0})

    [router] = status_of(replace(STATE, routers=(nothing,)), coarse)["routers"]

    assert router["desired"]["steps"] is None
    assert router["observed"]["weights"] == {"stable": 0, "canary": 0}


def test_the_seen_share_stands_beside_the_wanted_one() -> None:
    share = Share(since=1_000_000_000.0, counted={"stable": 900, "canary": 100}, verdict="off", detail="canary: 10 %")

    [router] = status_of(replace(STATE, shares={"edge": share}), ABLE)["routers"]

    assert router["share"] == {
        "since": "2001-09-09T01:46:40.000000Z",
        "requests": 1_000,
        "wanted": {"stable": 95_000, "canary": 5_000},
        "seen": {"stable": 90_000, "canary": 10_000},
        "verdict": "off",
        "detail": "canary: 10 %",
    }
