"""Freezes over HTTP."""

from tests.http.service import PRODUCTION, Service, problem

FREEZES = f"{PRODUCTION}/freezes"
WEEKLY = {"weekdays": ["friday", "saturday"], "start": "16:00", "end": "08:00", "zone": "Europe/Berlin"}


def test_a_freeze_is_made_read_edited_and_archived_as_any_document(service: Service) -> None:
    made = service.request("POST", FREEZES, json={"key": "sale", "reason": "the sale", "weekly": WEEKLY})

    assert made.status_code == 201
    assert made.headers["Location"] == f"{FREEZES}/sale"
    assert service.ok("GET", f"{FREEZES}/sale")["weekly"] == WEEKLY
    assert [item["key"] for item in service.ok("GET", FREEZES)["items"]] == ["sale"]
    edited = service.ok("PATCH", f"{FREEZES}/sale", {"weekly": None, "until": "2026-12-01T00:00:00+01:00"})
    assert edited["document"]["until"] == "2026-12-01T00:00:00+01:00"
    service.ok("POST", f"{FREEZES}/sale/archive")
    assert service.ok("GET", FREEZES)["items"] == []
    [first, *_] = service.ok("GET", f"{PRODUCTION}/changes?kind=freeze&key=sale")["items"]
    assert first["action"] == "freeze.archive"


def test_an_ill_formed_window_is_refused_with_every_place(service: Service) -> None:
    weekly = {"weekdays": ["fryday"], "start": "24:00", "end": "8:00", "zone": 7}

    answer = service.request("POST", FREEZES, json={"key": "sale", "reason": "", "weekly": weekly, "from": "today"})

    refused = problem(answer, 400, "malformed")
    assert [fault["pointer"] for fault in refused["errors"]] == [
        "/reason",
        "/from",
        "/weekly/weekdays/0",
        "/weekly/start",
        "/weekly/end",
        "/weekly/zone",
    ]


def test_a_window_without_a_meaning_is_refused(service: Service) -> None:
    body = {"key": "sale", "reason": "r", "from": "2026-12-01T00:00:00Z", "until": "2026-12-01T00:00:00Z"}

    refused = problem(service.request("POST", FREEZES, json=body), 422, "invalid")

    assert [fault["pointer"] for fault in refused["errors"]] == ["/until"]
