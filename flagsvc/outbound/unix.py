"""HTTP over a UNIX socket."""

import socket
from pathlib import Path

import urllib3
from urllib3.exceptions import NewConnectionError

from flagsvc.outbound.bounded import BoundedConnection

UNIX = "unix://"


class UnixPool(urllib3.HTTPConnectionPool):
    """A pool of connections to one socket file; nothing is tried twice."""

    def __init__(self, path: str, timeout: urllib3.Timeout) -> None:
        super().__init__("localhost", timeout=timeout, retries=False)
        self._path = Path(path)

    def _new_conn(self) -> "_Connection":
        return _Connection(self._path, self.timeout)


class _Connection(BoundedConnection):
    def __init__(self, path: Path, timeout: urllib3.Timeout) -> None:
        super().__init__("localhost", timeout=timeout.connect_timeout)
        self._path = path

    def connect(self) -> None:
        opened = socket.socket(socket.AF_UNIX)
        opened.settimeout(self.timeout)
        try:
            opened.connect(str(self._path))
        except OSError as error:
            opened.close()
            raise NewConnectionError(self, str(error)) from error
        self.sock = opened
