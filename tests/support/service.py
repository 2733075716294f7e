"""One replica of the service, as an operator runs it: `flagsvc serve` with settings in the environment."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx2

from tests.support.forked import zygote_for
from tests.support.plain import PLAIN
from tests.support.process import Child, NotStarted, listens, mortal
from tests.support.servers import on_free_port

ADMIN_TOKEN = "an-admin-token-for-the-tests"  # noqa: S105  # a token of a throw-away service
SAMPLE_TOKEN = "an-evaluation-token-for-the-tests"  # noqa: S105  # likewise


class Service(Child):
    """`flagsvc COMMAND`, of this tree or of what is installed in `python_path`; settings without the prefix.

    E.g. {"REDIS_URL": …}. `start` again takes the same port. `module` is where the program's `main` is.
    """

    module = "flagsvc.cli"

    def __init__(self, settings: Mapping[str, str], command: str = "serve", *, python_path: str = "") -> None:
        super().__init__("service")
        self._command = command
        self.python_path = python_path
        self._settings = {"ADMIN_TOKEN": ADMIN_TOKEN, "SAMPLE_TOKEN": SAMPLE_TOKEN, "DRAIN_SECONDS": "0"}
        self._settings |= {"DATABASE_PATIENCE_SECONDS": "60", **settings}
        self.port = 0

    @property
    def url(self) -> str:
        """Address for clients, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start, and wait until this very process listens and says that it is ready."""
        if self.port:
            self._start(self.port)
        else:
            self.port = on_free_port(self._start)

    def client(self, token: str = ADMIN_TOKEN) -> httpx2.Client:
        """Make a client that sends the token; close it after use."""
        return httpx2.Client(
            base_url=self.url, headers={"Authorization": f"Bearer {token}"}, trust_env=False, verify=PLAIN, timeout=60
        )

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Ask the admin API (`path` below /api/v1) and return the decoded answer; fails on any error."""
        with self.client() as client:
            response = client.request(method, f"/api/v1/{path}", json=body, headers=headers)
        assert response.is_success, f"{method} {path}: {response.status_code} {response.text}"
        return response.json() if response.content else None

    def _start(self, port: int) -> None:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("FLAGSVC_")}
        settings = {"HOST": "127.0.0.1", "PORT": str(port), "DATA_DIR": str(self.folder), **self._settings}
        environment = inherited | {f"FLAGSVC_{name}": value for name, value in settings.items()}
        if self.python_path:
            environment["PYTHONPATH"] = self.python_path
        if zygote := zygote_for(environment):
            forked = zygote.fork([self.module, self._command], self.folder, self.log, environment)
            self.adopt(forked, lambda: self._ready(port))
        else:
            self.spawn([*mortal("KILL"), *self._words()], lambda: self._ready(port), environment)

    def _words(self) -> list[str]:
        program = Path(sys.executable).parent / "flagsvc"
        if not program.exists():
            raise NotStarted("flagsvc is not installed in this environment: `make test` installs it")
        return [str(program), self._command]

    def _ready(self, port: int) -> bool:
        if not listens(self.pid, port):
            return False
        answer = httpx2.get(f"http://127.0.0.1:{port}/health/ready", trust_env=False, verify=PLAIN, timeout=10)
        return bool(answer.status_code == 200)
