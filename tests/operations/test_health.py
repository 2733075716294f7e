"""Health: what is sampled is told; degraded is not unready; nothing is asked while answering."""

from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from flagsvc.app import Service
from flagsvc.runner import probes
from flagsvc.runner.replica import Replica
from flagsvc.runner.sampler import DEGRADED, DOWN, OFF, OK, Reading, State
from flagsvc.store import SqlStore
from tests.operations.conftest import ADMIN
from tests.support.timing import eventually

CHECKS = {"database", "schema", "redis", "disk", "memory", "snapshot"}


def showing(service: Service, **statuses: str) -> Callable[[], dict[str, State]]:
    """Make the sampler say this."""
    states = {name: State(statuses.get(name, OK), "value", "2026-01-01T00:00:00+00:00") for name in CHECKS}
    service._sampler._states = states
    return lambda: states


def test_every_check_has_a_status_a_value_and_a_since(service: Service, client: TestClient) -> None:
    eventually(lambda: service._sampler.states().keys() == CHECKS)

    answer = client.get("/health")

    assert (answer.status_code, answer.json()["status"], answer.json()["reasons"]) == (200, "ok", [])
    assert answer.json()["checks"].keys() == CHECKS
    for check in answer.json()["checks"].values():
        assert check.keys() == {"status", "value", "since"}
    assert answer.json()["checks"]["redis"]["status"] == OFF
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("name", sorted(CHECKS))
@pytest.mark.parametrize("status", [DEGRADED, DOWN])
def test_whatever_is_away_degrades_and_does_not_unready(
    service: Service, client: TestClient, name: str, status: str
) -> None:
    service._sampler.stop()
    showing(service, **{name: status})

    health, ready = client.get("/health"), client.get("/health/ready")

    assert (health.status_code, health.json()["status"]) == (200, "degraded")
    assert (ready.status_code, ready.json()["status"]) == (200, "ready")


def test_leaving_is_unready_and_alive(service: Service, client: TestClient) -> None:
    service.departure.unready()

    ready = client.get("/health/ready")

    assert (ready.status_code, ready.json()["reasons"]) == (503, ["shutting down"])
    assert client.get("/health").json()["status"] == "unready"
    assert client.get("/health/live").status_code == 200


def test_without_a_snapshot_nothing_is_ready(service: Service, client: TestClient) -> None:
    service.replica.stop()
    service.replica._held = {}

    assert client.get("/health/ready").json()["reasons"] == ["no snapshot yet"]
    assert client.get("/health/live").status_code == 200


def test_health_is_for_reading_and_needs_no_token(client: TestClient) -> None:
    for path in ("/health", "/health/live", "/health/ready", "/metrics"):
        assert client.get(path).status_code == 200
        assert client.post(path).status_code == 405


def test_the_database_is_down_when_it_is_gone(store: SqlStore) -> None:
    probe = probes.database(store)
    assert probe().status == OK

    store.close()
    Path(store.engine.url.database or "").unlink()

    with pytest.raises(Exception, match=r"no such table|Unavailable|does not answer"):
        probe()


def test_redis_is_ok_off_or_down(redis_url: str) -> None:
    eventually(lambda: probes.redis_server(redis_url)().status == OK)  # at once, unless this machine is slow to answer
    assert probes.redis_server(None)().status == OFF
    assert probes.redis_server("redis://127.0.0.1:1/0")().status == DOWN


def test_disk_and_memory_say_how_much_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert probes.disk(tmp_path)().value.endswith("MiB free")
    assert probes.disk(tmp_path / "not-yet")().status == OK
    assert probes.memory()().status == OK
    assert probes.memory(probes.resident_bytes)().status == DEGRADED
    assert probes.disk(None)().status == OFF
    monkeypatch.setattr(probes, "LEAST_FREE_DISK", 1 << 60)
    assert probes.disk(tmp_path)().status == DEGRADED


def test_a_snapshot_grows_old_when_the_database_does_not_confirm_it(store: SqlStore) -> None:
    now = [0.0]
    replica = Replica(store, monotonic=lambda: now[0])
    assert probes.snapshot(replica)() == Reading(DOWN, "none loaded")
    replica.turn()
    assert probes.snapshot(replica)().status == OK

    now[0] += probes.STALE_SECONDS

    assert probes.snapshot(replica)() == Reading(DEGRADED, "confirmed 15 s ago")


def test_an_admin_is_told_what_the_process_holds_and_depends_on(service: Service, client: TestClient) -> None:
    eventually(lambda: service._sampler.states().keys() == CHECKS)

    answer = client.get("/api/v1/system", headers={"Authorization": f"Bearer {ADMIN}"}).json()

    assert (answer["status"], answer["reasons"], answer["confirmation"]["status"]) == (OK, [], OK)
    assert (answer["database"]["kind"], answer["database"]["status"]) == ("sqlite", OK)
    assert answer["redis"] == {**answer["redis"], "status": OFF, "value": "not configured"}
    snapshot = service.replica.snapshot("production")
    assert snapshot is not None
    assert answer["snapshot"]["production"]["revision"] == snapshot.revision
    assert answer["snapshot"]["production"]["publishedRevision"] is None
    assert answer["streamClients"] == 0
    assert ADMIN not in str(answer)
