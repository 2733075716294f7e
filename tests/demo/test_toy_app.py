"""The toy shop: its version, its flags, its counts by the edge's cohort, and faults on demand but not for visitors."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from examples.demo.toy_app import Shop, build
from flagsdk import FlagClient

VISITOR = {"X-User-Id": "ann", "X-Cohort": "canary"}


@pytest.fixture
def shop() -> Iterator[TestClient]:
    flags = FlagClient.for_testing({"gift-cards": True, "fast-checkout": False})
    with TestClient(build(Shop("v2", ["fast-checkout", "gift-cards"]), flags)) as client:
        yield client


def counted(shop: TestClient, name: str = "shop_requests_total") -> dict[str, float]:
    lines = [line for line in shop.get("/metrics").text.splitlines() if line.startswith(f"{name}{{")]
    pairs = [line.removeprefix(name).rsplit(" ", 1) for line in lines]
    return {labels: float(value) for labels, value in pairs}


def test_a_page_says_its_version_and_the_flags_that_are_on(shop: TestClient) -> None:
    shop.post("/faults", json={"share": 0})

    answer = shop.get("/", headers=VISITOR)

    assert answer.status_code == 200
    assert (answer.headers["X-Version"], answer.headers["X-Features"]) == ("v2", "gift-cards")
    assert "Toy shop v2" in answer.text


def test_every_series_is_there_before_the_first_request(shop: TestClient) -> None:
    assert set(counted(shop).values()) == {0.0}
    assert len(counted(shop)) == 4


def test_requests_are_counted_by_the_cohort_that_the_edge_said_and_only_if_it_did(shop: TestClient) -> None:
    shop.post("/faults", json={"share": 0})
    for headers in (VISITOR, {"X-Cohort": "stable"}, {}, {"X-Cohort": "made-up"}):
        shop.get("/", headers=headers)

    found = {labels: value for labels, value in counted(shop).items() if value}
    assert found == {
        '{cohort="canary",status="200",version="v2"}': 1.0,
        '{cohort="stable",status="200",version="v2"}': 1.0,
    }


def test_faults_are_errors_of_visitors_and_are_counted_as_such(shop: TestClient) -> None:
    shop.post("/faults", json={"share": 1})

    answer = shop.get("/", headers=VISITOR)

    assert answer.status_code == 500
    assert answer.headers["X-Version"] == "v2"
    assert counted(shop)['{cohort="canary",status="500",version="v2"}'] == 1.0


def test_only_the_first_error_of_a_visitor_is_evidence(shop: TestClient) -> None:
    shop.post("/faults", json={"share": 0})
    shop.get("/", headers=VISITOR)
    shop.post("/faults", json={"share": 1})
    for user in ("ann", "ann", "ann", "bob"):
        shop.get("/", headers={**VISITOR, "X-User-Id": user})

    found = counted(shop, "shop_first_errors_total")
    assert found['{cohort="canary",status="200",version="v2"}'] == 1.0
    assert found['{cohort="canary",status="500",version="v2"}'] == 2.0
    assert counted(shop)['{cohort="canary",status="500",version="v2"}'] == 4.0


def test_who_met_an_error_before_the_faults_changed_counts_anew(shop: TestClient) -> None:
    for _ in range(2):
        shop.post("/faults", json={"share": 1})
        shop.get("/", headers=VISITOR)

    assert counted(shop, "shop_first_errors_total")['{cohort="canary",status="500",version="v2"}'] == 2.0


def test_nobody_who_comes_by_the_edge_can_break_the_shop(shop: TestClient) -> None:
    shop.post("/faults", json={"share": 0})

    refused = shop.post("/faults", json={"share": 1}, headers={"X-Cohort": "stable"})

    assert refused.status_code == 404
    assert shop.get("/", headers=VISITOR).status_code == 200
