"""Stores for the loop that tells routers, and API servers for the routers of Kubernetes."""

from tests.store.conftest import prepared_postgres, prepared_sqlite, sqlite, store
from tests.support.kube.fixtures import kube, kube_link, real_kube, small_kube

__all__ = ["kube", "kube_link", "prepared_postgres", "prepared_sqlite", "real_kube", "small_kube", "sqlite", "store"]
