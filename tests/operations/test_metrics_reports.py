"""What metrics say about publication, lost changes and rollbacks, and the port on which they may be alone."""

import httpx2
import pytest

from flagsvc.app.report import PublicationReport
from flagsvc.domain.analysis.measurement import Verdict
from flagsvc.domain.records import Head
from flagsvc.domain.rollouts.causes import NOTHING_KNOWN, Cause, cause_of
from flagsvc.domain.rollouts.state import RolloutState
from flagsvc.http.metrics import Metrics
from tests.support.plain import PLAIN
from tests.support.process import free_port
from tests.support.service import Service

UNHEALTHY = Verdict(kind="unhealthy", reason="errors: 9 % against 1 %")


@pytest.mark.parametrize(("state", "cause"), [
    (RolloutState(cause="release manager: looks bad"), "person"),
    (RolloutState(automatic=True, cause=UNHEALTHY.reason, verdict=UNHEALTHY), "unhealthy"),
    (RolloutState(automatic=True, cause=f"{NOTHING_KNOWN} 300 s: no data"), "unknown"),
    (RolloutState(automatic=True, cause="gate smoke failed: 500"), "failed"),
    (RolloutState(automatic=True, cause="gate smoke failed: 500", verdict=UNHEALTHY), "failed"),
])  # fmt: skip
def test_a_rollback_has_one_of_four_causes(state: RolloutState, cause: Cause) -> None:
    assert cause_of(state) == cause


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_publication_grows_old_until_a_turn_comes_to_its_end() -> None:
    clock = Clock()
    report = PublicationReport(Metrics(), 1.5, clock)

    clock.now += 20
    before = report.age_seconds
    report.redis_up(up=False)
    report.failed("redis")
    failed = report.age_seconds
    report.redis_up(up=True)

    assert (before, failed, report.age_seconds) == (20, 20, 0)


def test_a_database_is_behind_for_as_long_as_the_publisher_says_so(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    report = PublicationReport(Metrics(), 1.5, clock)

    for _ in range(20):
        report.database_behind("production", Head("e", 9), Head("e", 7))
        clock.now += 1.5
    during = list(report.behind())
    clock.now += 20

    assert (during, list(report.behind())) == (["production"], [])
    assert len([line for line in caplog.messages if "new-epoch" in line]) == 1


def read(url: str) -> httpx2.Response:
    return httpx2.get(url, trust_env=False, verify=PLAIN, timeout=60)


@pytest.mark.servers
def test_with_a_port_of_their_own_metrics_are_there_and_nowhere_else() -> None:
    port = free_port()
    service = Service({"METRICS_PORT": str(port), "SAMPLE_DATA": "true"})
    try:
        service.start()
        alone = f"http://127.0.0.1:{port}"

        assert "flagsvc_build_info" in read(f"{alone}/metrics").text
        assert read(f"{service.url}/metrics").status_code == 404
        assert service.call("GET", "system")["links"]["metrics"] is None
        assert read(f"{service.url}/traffic/v1/production/checkout/decide").status_code == 200
        for path in ("/", "/health/live", "/traffic/v1/production/checkout/decide", "/api/v1/environments"):
            assert read(alone + path).status_code == 404, path
    finally:
        service.close()
