"""Releases on real parts: one that walks to the end, and those that are turned back, each for its own reason."""

from collections.abc import Iterator

import httpx2
import pytest

from examples.demo.api import fetch
from tests.support.plain import PLAIN
from tests.support.timing import eventually
from tests.system import release
from tests.system.release import Site

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with release.running() as made:
        yield made


@pytest.fixture(autouse=True)
def healthy(site: Site) -> None:
    site.places["canary"].break_down(0.004)


def metrics(site: Site) -> str:
    """Give the page of metrics as it is now."""
    return httpx2.get(f"{site.api.url}/metrics", trust_env=False, verify=PLAIN, timeout=60).text


def test_a_good_release_walks_to_the_end(site: Site) -> None:
    before = site.places_served()
    key = site.begin([25, 50, 100], "3s")

    found = site.ended(key)

    assert found["status"]["phase"] == "succeeded", found["status"]["summary"]
    eventually(lambda: site.seen() == {"v2": 1.0}, "all visitors at the new version")
    back_to_start(site, before)


def test_errors_turn_a_release_back(site: Site) -> None:
    before = site.places_served()
    key = site.begin([25, 50, 100], "60s")
    site.holds_at(key, 25)
    eventually(lambda: 'flagsvc_rollout_observed_ratio{environment="' in metrics(site), "an observed share")

    site.places["canary"].break_down(0.4)
    found = site.ended(key)

    status = found["status"]
    assert status["phase"] == "rolled-back", status["summary"]
    assert status["cause"].startswith("errors: ")
    assert status["rollback"]["automatic"]
    assert status["exposure"]["excessLow"] > 0
    assert 'flagsvc_rollbacks_total{cause="unhealthy"} ' in metrics(site)
    assert 'flagsvc_rollbacks_total{cause="unhealthy"} 0.0' not in metrics(site)
    assert site.places_served() == before
    eventually(lambda: site.seen() == {"v1": 1.0}, "all visitors back at the old version")


def test_slow_answers_turn_a_release_back(site: Site) -> None:
    before = site.places_served()
    key = site.begin([25, 50, 100], "60s")
    site.holds_at(key, 25)

    fetch(f"http://127.0.0.1:{site.places['canary'].port}/faults", {"share": 0.004, "slower": 6.0})
    found = site.ended(key)

    assert found["status"]["phase"] == "rolled-back", found["status"]["summary"]
    assert found["status"]["cause"].startswith("latency: ")
    assert site.places_served() == before


def test_an_edge_that_stops_answering_turns_a_release_back_and_is_waited_for(site: Site) -> None:
    before = site.places_served()
    edge = site.child("haproxy")
    key = site.begin([25, 100], "3s", applyWithin="5s")
    site.holds_at(key, 25)

    release.stop(edge)
    try:
        site.until(key, lambda found: found["status"]["phase"] == "rolling-back", "the way back")
        waiting = site.rollout(key)["status"]
    finally:
        release.go_on(edge)
    found = site.ended(key)

    assert {target["name"]: target["standing"] for target in waiting["targets"]}["edge"] != "back"
    assert found["status"]["phase"] == "rolled-back"
    assert site.places_served() == before


def back_to_start(site: Site, before: object) -> None:
    """Undo a release that ended well, for the next test."""
    site.serve_again()
    assert site.places_served() == before
