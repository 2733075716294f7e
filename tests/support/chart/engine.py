"""Speaks to the Helm engine: renders, lints, installs. One process for all tests of a worker."""

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any, Self

from tests.support.chart.release import Release
from tests.support.process import mortal
from tests.support.tree import ROOT

CHART = ROOT / "helm" / "flagsvc"
NAME, NAMESPACE = "demo", "prod"


class Refusal(Exception):
    """What Helm says of values or of a cluster that it does not like."""


class Engine:
    """The engine; ends with its block."""

    def __init__(self) -> None:
        self._rendered: dict[str, Release] = {}

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [*mortal("KILL"), sys.executable, "-m", "tests.support.chart.worker"],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=30)

    def ask(self, action: str, *words: Any, **options: Any) -> Any:
        """Have something done; raises Refusal with Helm's own words."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        line = json.dumps({"action": action, "words": words, "options": options})
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        if "refusal" in answer:
            raise Refusal(answer["refusal"])
        return answer["result"]

    def render(self, values: Mapping[str, Any], *, chart: str = str(CHART), **release: Any) -> Release:
        """Render as `helm install` would, after the schema has looked at the values. Not to be changed in place."""
        told = {"name": NAME, "namespace": NAMESPACE, **release}
        key = json.dumps([chart, values, told])
        if key not in self._rendered:
            self._rendered[key] = Release(self.ask("render", chart, values, **told), told["namespace"])
        return self._rendered[key]
