"""How pytest-xdist hands out the tests: one by one, but those that share an expensive fixture go to one worker."""

from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # xdist ships no types

TOGETHER = (
    "tests/meta/test_distributions.py",
    "tests/packaging/test_image_build.py",
    "tests/packaging/test_composition.py",
    "tests/packaging/test_behind_a_proxy.py",
    "tests/packaging/test_systemd.py",
    "tests/integrations/test_celery.py",
    "tests/integrations/test_django.py",
    "tests/faults/test_service.py",
    "tests/metric_sources/test_prometheus.py",
    "tests/sdk/test_redis_rights.py",
)
FILE_BY_FILE = (
    "tests/console/",
    "tests/ctl/test_smoke",
    "tests/helm/",
    "tests/system/",
    "tests/routers/test_envoy_",
    "tests/routers/test_traefik_",
)
"""Here each file starts servers or a browser of its own, once for all of its tests."""


class Sharing(LoadScopeScheduling):  # type: ignore[misc]  # likewise
    """Scopes by place; the larger ones first. The mark `xdist_group` does nothing under pytest 9.2."""

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(FILE_BY_FILE):
            return nodeid.partition("::")[0]
        return next((prefix for prefix in TOGETHER if nodeid.startswith(prefix)), nodeid)
