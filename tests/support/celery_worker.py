"""A real Celery worker with two forked processes."""

import os
from collections.abc import Mapping

from tests.support.process import Child, mortal
from tests.support.tree import ROOT
from tests.support.web import BIN


class CeleryWorker(Child):
    """`celery worker` over a module that has an application; ended with SIGTERM."""

    def __init__(self, module: str) -> None:
        super().__init__("celery")
        self._module = module

    def start(self, environment: Mapping[str, str]) -> None:
        """Start, and wait until it takes tasks."""
        command = [str(BIN / "celery"), "-A", self._module, "worker", "--pool", "prefork", "--concurrency", "2"]
        command += ["--without-gossip", "--without-mingle", "--loglevel", "INFO"]
        self.spawn(
            [*mortal("KILL"), *command],
            lambda: " ready." in self.output(),
            os.environ | dict(environment) | {"PYTHONPATH": str(ROOT), "C_FORCE_ROOT": "1"},
        )
