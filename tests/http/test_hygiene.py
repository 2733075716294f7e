"""Stale flags and unknown keys over HTTP."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from flagsdk.wire.usage import AskedRow, Report
from flagsvc.domain.usage import Received
from flagsvc.http.schemas.hygiene import Hygiene, UnknownKeys
from flagsvc.usecases.usage import record_reports
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


def report(service: Service, sequence: int, **members: Any) -> None:
    """Have a client of production report."""
    told: dict[str, Any] = {"sdk": "flagsdk-python/0.2.0", "application": "shop", "epoch": "e", "revision": 1}
    made = Report(client="c" * 32, sequence=sequence, environment="production", **told | members)
    record_reports(service.store, [Received(made, datetime.now(UTC))])


def test_unknown_keys_have_the_shape_that_is_described(service: Service) -> None:
    report(service, 1, unknown=[AskedRow("new-chekout", 5), AskedRow("new-checkout", 9)], unknown_others=2)
    report(service, 2, unknown=[AskedRow("zebra", 7)], application="")

    answer = service.ok("GET", f"{API}/hygiene/unknown-keys")

    described = UnknownKeys.model_validate(answer)
    assert not any(each.model_extra for each in [described, *described.items, *described.others])
    assert [(item["key"], item["asked"], item["similar"]) for item in answer["items"]] == [
        ("zebra", 7, []),
        ("new-chekout", 5, ["new-checkout"]),
    ]
    assert [by["application"] for item in answer["items"] for by in item["askedBy"]] == ["", "shop"]
    assert [(each["environment"], each["asked"]) for each in answer["others"]] == [("production", 2)]


def test_without_any_report_nothing_is_unknown(service: Service) -> None:
    assert service.ok("GET", f"{API}/hygiene/unknown-keys") == {"days": 30, "items": [], "others": []}


def test_an_environment_that_is_archived_asks_for_nothing(service: Service) -> None:
    report(service, 1, unknown=[AskedRow("zebra", 7)])

    service.ok("POST", f"{API}/environments/production/archive")

    assert service.ok("GET", f"{API}/hygiene/unknown-keys")["items"] == []
