"""The sets of values that the chart is tested with: files in tests/helm/values, one for each way to run it."""

from functools import cache
from typing import Any

from ruamel.yaml import YAML

from tests.support.tree import ROOT

FOLDER = ROOT / "tests" / "helm" / "values"
SETS = sorted(path.stem for path in FOLDER.glob("*.yaml"))
POSTGRESQL: dict[str, Any] = {"database": {"type": "postgresql"}, "secrets": {"databaseUrl": {"secretName": "db"}}}


@cache
def values_of(name: str) -> dict[str, Any]:
    """Read a set; not to be changed in place."""
    return read((FOLDER / f"{name}.yaml").read_text())


def read(text: str) -> dict[str, Any]:
    """Read values as YAML."""
    return YAML(typ="safe", pure=True).load(text) or {}
