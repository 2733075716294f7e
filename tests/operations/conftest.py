"""A store with its first start behind it, and a service in this process."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from flagsvc.app import Founding, Service, intent
from flagsvc.app.founding import found
from flagsvc.domain.records import Ref
from flagsvc.settings import Settings
from flagsvc.store import SqlStore, open_store, upgrade
from flagsvc.usecases.weights import set_weights

FLAG = Ref("production", "flag", "new-checkout")
ADMIN, EVALUATION = "canary-admin-token-0123456789", "canary-evaluation-token-0123"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    opened = open_store(f"sqlite:///{tmp_path / 'flags.db'}", chance=lambda: 0.5)
    upgrade(opened.engine)
    found(opened, Founding(sample_data=True))
    yield opened
    opened.close()


@pytest.fixture
def move(store: SqlStore) -> Callable[[int], None]:
    """Set new-checkout to that many of 100 000."""

    def set_to(weight: int) -> None:
        set_weights(store, intent("test"), FLAG, {"weights": {"on": weight, "off": 100_000 - weight}})

    return set_to


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", sample_data=True, drain_seconds=0.0)


@pytest.fixture
def service(settings: Settings) -> Iterator[Service]:
    founding = Founding(admin_token=ADMIN, evaluation_token=EVALUATION, sample_data=True)
    opened = Service(settings, founding, pytest.fail)
    opened.start()
    yield opened
    opened.stop()


@pytest.fixture
def client(service: Service) -> Iterator[TestClient]:
    with TestClient(service.asgi, raise_server_exceptions=False) as opened:
        yield opened
