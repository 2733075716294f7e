"""A program of the documentation as its reader runs it: saved as app.py, served by uvicorn in a process of its own."""

import os
import sys
from collections.abc import Mapping

from tests.support.process import Child, listens, mortal
from tests.support.servers import on_free_port


class Application(Child):
    """`uvicorn app:app` over `code`, with these variables in its environment; `port` is there after `start`."""

    def __init__(self, code: str, variables: Mapping[str, str]) -> None:
        super().__init__("application")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("FLAGSDK_")}
        self._environment = {**inherited, **variables}
        (self.folder / "app.py").write_text(code)
        self.port = 0

    def start(self) -> None:
        """Start, and wait until this very process listens; its lifespan has begun by then."""
        self.port = on_free_port(self._start)

    def _start(self, port: int) -> None:
        words = [sys.executable, "-m", "uvicorn", "app:app", "--port", str(port), "--log-level", "warning"]
        self.spawn([*mortal("KILL"), *words], lambda: listens(self.pid, port), self._environment)
