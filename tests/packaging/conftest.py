"""What the tests of the packaging share: the builds of the image."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.packaging.building import Build


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the long form, which downloads and builds everything, unless it is asked for by its mark."""
    if "image" not in config.option.markexpr:
        left_out = [item for item in items if item.get_closest_marker("image")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]


@pytest.fixture(scope="session")
def short_build() -> Iterator[Build]:
    with _built(complete=False) as build:
        yield build


@pytest.fixture(scope="session")
def complete_build() -> Iterator[Build]:
    with _built(complete=True) as build:
        yield build


@contextmanager
def _built(*, complete: bool) -> Iterator[Build]:
    """Build where a stranger may look; pytest's own folders are closed to others."""
    root = Path(tempfile.mkdtemp(prefix="flagsvc-build-")).resolve()
    root.chmod(0o755)
    try:
        build = Build(root, complete)
        build.run()
        yield build
    finally:
        shutil.rmtree(root, ignore_errors=True)
