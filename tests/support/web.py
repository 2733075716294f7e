"""Real application servers of the tests, each on a socket in its own folder: no port to be fought over."""

import http.client
import json
import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.support.process import Child, mortal
from tests.support.tree import ROOT

BIN = Path(sys.executable).parent


class _Connection(http.client.HTTPConnection):
    """HTTP over a socket file."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=60)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(60)
        self.sock.connect(str(self._path))


class WebServer(Child):
    """A server that was given `SOCKET` as the place to listen at; ended with SIGTERM."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.socket = self.folder / "socket"

    def start(self, command: list[str], environment: Mapping[str, str] | None = None) -> None:
        """Start and wait for the first answer; "SOCKET" in the command is the path."""
        words = [word.replace("SOCKET", str(self.socket)) for word in command]
        path = {"PYTHONPATH": f"{ROOT}", "PYTHONFAULTHANDLER": "1"}
        self.spawn([*mortal("KILL"), *words], self._listens, os.environ | path | dict(environment or {}))

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> tuple[int, str]:
        """Ask once, over a connection of its own: status and body."""
        connection = _Connection(self.socket)
        try:
            connection.request("GET", path, headers=dict(headers or {}) | {"Connection": "close"})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def json(self, path: str = "/", headers: Mapping[str, str] | None = None) -> Any:
        """Ask once; what is answered must be JSON with status 200."""
        status, body = self.get(path, headers)
        assert status == 200, f"{status}: {body}\n{self.output()}"
        return json.loads(body)

    def _listens(self) -> bool:
        try:
            return self.get("/")[0] < 500
        except (OSError, http.client.HTTPException):
            return False


def gunicorn(application: str, *options: str) -> list[str]:
    """Command of a gunicorn with two workers."""
    return [str(BIN / "gunicorn"), "--bind", "unix:SOCKET", "--workers", "2", *options, application]
