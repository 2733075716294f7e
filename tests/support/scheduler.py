"""How pytest-xdist hands out the tests: one by one, but those that share an expensive fixture go to one worker."""

from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # xdist ships no types

TOGETHER = (
    "tests/system/",
    "tests/meta/test_distributions.py",
    "tests/packaging/test_image_build.py",
    "tests/packaging/test_composition.py",
    "tests/integrations/test_celery.py",
    "tests/integrations/test_django.py",
    "tests/faults/test_service.py",
)


class Sharing(LoadScopeScheduling):  # type: ignore[misc]  # likewise
    """Scopes by place; the larger ones first. The mark `xdist_group` does nothing under pytest 9.2."""

    def _split_scope(self, nodeid: str) -> str:
        return next((prefix for prefix in TOGETHER if nodeid.startswith(prefix)), nodeid)
