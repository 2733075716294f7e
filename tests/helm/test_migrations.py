"""Who migrates can be changed by an upgrade, also while what a failed Job has left behind is still there."""

from typing import Any

import pytest

from tests.support.chart.engine import Engine
from tests.support.chart.values import POSTGRESQL, values_of

MODES = ("init", "hook", "manual")
OF_HOOKS = "helm.sh/hook"


def places(engine: Engine, mode: str, *, hooks: bool) -> set[tuple[str, str]]:
    values: dict[str, Any] = {**values_of("migrations-hook"), "migrations": {"mode": mode}}
    return {
        (one["kind"], one["metadata"]["name"])
        for one in engine.render(values).objects
        if (OF_HOOKS in one["metadata"].get("annotations", {})) is hooks
    }


@pytest.mark.parametrize("mode", MODES)
def test_nothing_of_a_release_has_the_name_of_what_a_hook_makes(engine: Engine, mode: str) -> None:
    """Helm takes no object over that a failed hook has left, and a hook removes what has its name."""
    assert places(engine, mode, hooks=False) & places(engine, "hook", hooks=True) == set()


@pytest.mark.parametrize("values", [{}, POSTGRESQL], ids=["sqlite", "postgresql"])
def test_containers_of_yours_come_before_the_migration(engine: Engine, values: dict[str, Any]) -> None:
    """A proxy to the database has to run by then, a volume to be filled."""
    proxy = {"name": "proxy", "image": "proxy:1", "restartPolicy": "Always"}

    spec = engine.render({**values, "extraInitContainers": [proxy]}).server.spec

    assert [one["name"] for one in spec["initContainers"]] == ["proxy", "migrations"]
