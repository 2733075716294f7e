<<<<<<< HEAD
"""Stores for the loop that tells routers, and API servers for the routers of Kubernetes."""
=======
"""Stores for the loop that tells routers, and limits of time short enough for tests of who does not answer."""
>>>>>>> clouds

import pytest

from flagsvc.routers.common import awaiting, http
from tests.store.conftest import prepared_postgres, prepared_sqlite, sqlite, store
from tests.support.kube.fixtures import kube, kube_link, real_kube, small_kube

<<<<<<< HEAD
__all__ = ["kube", "kube_link", "prepared_postgres", "prepared_sqlite", "real_kube", "small_kube", "sqlite", "store"]
=======
__all__ = ["prepared_postgres", "prepared_sqlite", "sqlite", "store"]


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "READ_SECONDS", 0.4)
    monkeypatch.setattr(http, "WHOLE_SECONDS", 0.4)
    monkeypatch.setattr(awaiting, "AWAIT_SECONDS", 0.2)
    monkeypatch.setattr(awaiting, "PAUSE_SECONDS", 0.01)
>>>>>>> clouds
