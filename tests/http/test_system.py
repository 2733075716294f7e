"""The process that answers, as an admin sees it."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from flagsvc.http.process import Process, shown
from flagsvc.http.schemas.system import System
from tests.http.service import API, Service

START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Seen:
    status: str = "ok"
    value: str = "1.0 ms"
    since: str = "2026-01-01T00:00:00+00:00"


PROCESS = Process(
    started_at=START,
    status="degraded",
    reasons=(),
    database="sqlite",
    states={"database": Seen(), "redis": Seen("off", "not configured"), "snapshot": Seen("degraded", "9 s ago")},
    held={"production": 7, "dev": 3},
    age_seconds=0.25,
    published={"production": 6},
    stream_clients=2,
    notifiers=("ops",),
)


def test_it_has_the_shape_that_is_described(service: Service) -> None:
    answer = service.ok("GET", f"{API}/system")

    assert not System.model_validate(answer).model_extra
    assert answer["routers"] == ["edge-1", "edge-2", "mesh"]
    assert answer["metricSources"] == []


def test_what_was_sampled_is_told() -> None:
    told = shown(PROCESS, START + timedelta(seconds=90))

    assert told["database"] == {
        "kind": "sqlite",
        "status": "ok",
        "value": "1.0 ms",
        "since": "2026-01-01T00:00:00+00:00",
    }
    assert (told["redis"]["status"], told["disk"]["status"]) == ("off", "unknown")
    assert (told["status"], told["reasons"]) == ("degraded", [])
    assert told["confirmation"] == {"status": "degraded", "value": "9 s ago", "since": "2026-01-01T00:00:00+00:00"}
    assert told["uptimeSeconds"] == 90.0
    assert told["snapshot"] == {
        "dev": {"revision": 3, "publishedRevision": None, "ageSeconds": 0.25},
        "production": {"revision": 7, "publishedRevision": 6, "ageSeconds": 0.25},
    }
    assert (told["streamClients"], told["notifiers"]) == (2, ["ops"])


def test_what_the_database_never_confirmed_has_no_age() -> None:
    told = shown(replace(PROCESS, age_seconds=None), START)

    assert told["snapshot"]["dev"]["ageSeconds"] is None
