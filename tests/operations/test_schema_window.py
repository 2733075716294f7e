"""A running service and the schema: it does backfills by itself, and tells when another release changes the schema."""

import sqlite3
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from flagsvc.app import Founding, Service
from flagsvc.app.backfilling import Backfilling
from flagsvc.runner import probes
from flagsvc.runner.lease import Lease
from flagsvc.runner.sampler import DEGRADED, DOWN, OK
from flagsvc.settings import Settings
from flagsvc.store import Damaged, SqlStore, standing, status
from tests.operations.conftest import ADMIN, EVALUATION
from tests.support.timing import eventually


def _change(path: Path, statement: str) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(statement)
    connection.close()


def _stale(tmp_path: Path) -> None:
    _change(tmp_path / "flags.db", "UPDATE documents SET copied_version = NULL")


def _left(store: SqlStore) -> int:
    return sum(each.left for each in status(store.engine).backfills)


def test_the_service_does_what_backfills_have_left(settings: Settings, tmp_path: Path) -> None:
    founding = Founding(admin_token=ADMIN, evaluation_token=EVALUATION, sample_data=True)
    first = Service(settings, founding, pytest.fail)
    first.start()
    first.stop()
    _change(settings.data_dir / "flagsvc.db", "UPDATE documents SET copied_version = NULL")
    _change(settings.data_dir / "flagsvc.db", "UPDATE backfills SET finished_at = NULL")

    second = Service(settings, founding, pytest.fail)
    second.start()

    with TestClient(second.asgi) as client:
        eventually(lambda: _left(second.store) == 0, "the backfill")
        shown = 'flagsvc_backfill_left_rows{backfill="document-copies"} 0.0'
        eventually(lambda: shown in client.get("/metrics").text, "the metric")
    second.stop()


def test_one_replica_does_it_and_the_others_leave_it_alone(store: SqlStore, tmp_path: Path) -> None:
    _stale(tmp_path)
    told: list[tuple[str, int]] = []
    other = Lease(store, "another", name="backfills")
    other.renew()
    ours = Backfilling(store, lambda name, left: told.append((name, left)), rest_seconds=0.0)

    ours.turn()
    assert told == []
    assert _left(store) > 0
    other.release()
    ours.turn()

    assert told[-1] == ("document-copies", 0)
    assert other.renew() is not None


def test_a_schema_that_another_release_made_newer_is_told(store: SqlStore, tmp_path: Path) -> None:
    probe = probes.schema(lambda: standing(store.engine))
    assert (probe().status, probe().value) == (OK, standing(store.engine).head)

    _change(tmp_path / "flags.db", "UPDATE schema_version SET version_num = '9999', release = '9.0.0'")
    within = probe()
    _change(tmp_path / "flags.db", "UPDATE schema_version SET oldest = '9.0.0'")
    beyond = probe()

    assert (within.status, "still serves flagsvc 0.1.0" in within.value) == (DEGRADED, True)
    assert (beyond.status, "needs flagsvc 9.0.0" in beyond.value) == (DOWN, True)


@pytest.mark.parametrize("oldest", ["0.1.0", "9.0.0"])
def test_a_service_starts_on_a_newer_schema_of_its_window_and_on_no_other(settings: Settings, oldest: str) -> None:
    founding = Founding(admin_token=ADMIN, evaluation_token=EVALUATION, sample_data=True)
    first = Service(settings, founding, pytest.fail)
    first.start()
    first.stop()
    newer = f"UPDATE schema_version SET version_num = '9999', release = '9.0.0', oldest = '{oldest}'"  # noqa: S608 -- ours
    _change(settings.data_dir / "flagsvc.db", newer)

    second = Service(settings, founding, pytest.fail)
    if oldest == "0.1.0":
        second.start()
        with TestClient(second.asgi) as client:
            assert client.get("/health/ready").status_code == 200
    else:
        with pytest.raises(Damaged, match=r"needs flagsvc 9\.0\.0 or later"):
            second.start()
    second.stop()
