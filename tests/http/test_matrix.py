"""The table of all flags over HTTP: its tag, its compression, and the rollouts in it."""

import gzip
import json
from typing import Any

import pytest
from starlette.datastructures import Headers

from flagsvc.http.packed import accepts_gzip
from flagsvc.http.schemas.matrix import Matrix
from tests.http.service import API, CONFIGURATION, PRODUCTION, TO_THIRTY, Service

PLAN = {
    "strategy": "canary",
    "targets": [{"name": "f", "kind": "flag", "key": "new-checkout", "candidate": "on", "baseline": "off"}],
    "steps": [{"name": "5 %", "weights": {"f": 5000}, "hold": "15m"}, {"name": "all", "weights": {"f": 100_000}}],
}
PLAIN = {"Accept-Encoding": "identity"}


def _cell(service: Service, key: str = "new-checkout", environment: str = "production") -> dict[str, Any]:
    items = service.ok("GET", f"{API}/matrix")["items"]
    found: dict[str, Any] = next(item for item in items if item["key"] == key)["environments"][environment]
    return found


def test_it_has_the_shape_that_is_described(service: Service) -> None:
    answer = service.ok("GET", f"{API}/matrix")

    Matrix.model_validate(answer)
    assert [each["key"] for each in answer["environments"]] == ["development", "production", "staging"]
    assert [item["key"] for item in answer["items"]] == ["new-checkout", "theme"]
    assert not Matrix.model_validate(answer).model_extra


def test_a_cell_follows_its_configuration(service: Service) -> None:
    off = _cell(service)
    service.ok("PATCH", CONFIGURATION, {"enabled": True, "default": TO_THIRTY})

    split = _cell(service)

    assert (off["state"], off["serves"]) == ("off", "off")
    assert (split["state"], split["serves"], split["weights"]) == ("split", None, {"on": 30_000, "off": 70_000})
    assert _cell(service, environment="staging")["state"] == "off"


def test_a_cell_names_the_rollout_that_moves_it(service: Service) -> None:
    service.ok("PATCH", CONFIGURATION, {"enabled": True})
    service.ok("POST", f"{PRODUCTION}/rollouts", {"key": "r", "plan": PLAN})

    cell = _cell(service)

    begun = {"key": "r", "phase": "scheduled", "step": None, "steps": 2, "weight": None, "nextWeight": 5000}
    assert cell["rollout"] == begun
    assert cell["state"] == "on"
    assert _cell(service, environment="staging")["rollout"] is None


def test_an_ended_rollout_is_gone_from_the_cell(service: Service) -> None:
    service.ok("PATCH", CONFIGURATION, {"enabled": True})
    service.ok("POST", f"{PRODUCTION}/rollouts", {"key": "r", "plan": PLAN})
    tag = service.request("GET", f"{API}/matrix").headers["ETag"]
    service.ok("POST", f"{PRODUCTION}/rollouts/r/abort")

    answer = service.request("GET", f"{API}/matrix", headers={"If-None-Match": tag})

    assert answer.status_code == 200
    assert _cell(service)["rollout"] is None


def test_whoever_holds_it_is_told_so_until_something_changes(service: Service) -> None:
    tag = service.request("GET", f"{API}/matrix", headers=PLAIN).headers["ETag"]

    held = service.request("GET", f"{API}/matrix", headers={"If-None-Match": tag})
    service.ok("PATCH", CONFIGURATION, {"enabled": True})
    changed = service.request("GET", f"{API}/matrix", headers={"If-None-Match": tag})

    assert (held.status_code, held.content, changed.status_code) == (304, b"", 200)
    assert changed.headers["ETag"] != tag


def test_both_forms_hold_the_same_under_tags_of_their_own(service: Service) -> None:
    plain = service.request("GET", f"{API}/matrix", headers=PLAIN)
    with service.client.stream("GET", f"{API}/matrix", headers=_authorised(service)) as answer:
        octets = b"".join(answer.iter_raw())

    assert "Content-Encoding" not in plain.headers
    assert answer.headers["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(octets)) == plain.json()
    assert answer.headers["ETag"] != plain.headers["ETag"]
    assert answer.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"


def _authorised(service: Service) -> dict[str, str]:
    sent = service.request("GET", f"{API}/matrix").request.headers
    return {"Authorization": sent["Authorization"], "Accept-Encoding": "gzip"}


def test_the_archived_ones_are_another_answer(service: Service) -> None:
    service.ok("POST", f"{API}/flags/theme/archive")

    open_ones = [item["key"] for item in service.ok("GET", f"{API}/matrix")["items"]]
    all_of_them = [item["key"] for item in service.ok("GET", f"{API}/matrix?archived=true")["items"]]

    assert (open_ones, all_of_them) == (["new-checkout"], ["new-checkout", "theme"])


@pytest.mark.parametrize(
    ("said", "accepted"),
    [
        ("gzip", True),
        ("br, gzip;q=0.5", True),
        ("GZIP", True),
        ("*", True),
        ("gzip;q=0", False),
        ("gzip;q=0, *", False),
        ("gzip;q=nonsense", False),
        ("identity", False),
        ("", False),
    ],
)
def test_gzip_is_sent_to_those_who_accept_it(said: str, accepted: bool) -> None:  # noqa: FBT001
    assert accepts_gzip(Headers({"accept-encoding": said})) is accepted
