"""Stale flags over HTTP."""

from datetime import UTC, datetime, timedelta

import pytest

from flagsvc.http.schemas.hygiene import Hygiene
from tests.http.service import API, Service, problem


@pytest.fixture
def later(service: Service) -> Service:
    """Give the same service two months on."""
    return Service(service.store, now=lambda: datetime.now(UTC) + timedelta(days=60))


def test_it_has_the_shape_that_is_described(later: Service) -> None:
    answer = later.ok("GET", f"{API}/hygiene")

    described = Hygiene.model_validate(answer)
    assert all(not item.model_extra for item in described.items)
    assert [item["key"] for item in answer["items"]] == ["new-checkout", "theme"]
    assert [reason["code"] for reason in answer["items"][0]["reasons"]] == ["never-evaluated", "off-everywhere"]


def test_how_long_is_long_is_asked(later: Service) -> None:
    answer = later.ok("GET", f"{API}/hygiene?days=61")

    assert answer == {"days": 61, "items": []}


@pytest.mark.parametrize("days", ["0", "-1", "3651", "x"])
def test_nonsense_is_refused(service: Service, days: str) -> None:
    problem(service.request("GET", f"{API}/hygiene?days={days}"), 400, "malformed")
