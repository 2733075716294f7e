"""Answers over HTTP that are bounded as a whole, heads included: a drip never reaches the limit between two bytes."""

import io
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from http.client import HTTPResponse
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

VISIT_SECONDS = 6.0
"""For all the answers of one node that are needed to observe it, or to apply."""

_until: ContextVar[float] = ContextVar("until", default=float("inf"))


@contextmanager
def answered_within(seconds: float) -> Iterator[None]:
    """Raise urllib3's TimeoutError for an answer over a bounded connection that has not wholly come by then.

    Within another such time the earlier one holds, so that several answers can be bounded together.
    """
    token = _until.set(min(_until.get(), time.monotonic() + seconds))
    try:
        yield
    finally:
        _until.reset(token)


class _Limited(io.RawIOBase):
    """What a socket receives; each read waits for what is left of the whole at most."""

    def __init__(self, raw: io.RawIOBase, connection: socket.socket) -> None:
        self._raw, self._connection, self._until = raw, connection, _until.get()
        self._pause = connection.gettimeout() or float("inf")

    def readable(self) -> bool:
        """Tell that this is read."""
        return True

    def readinto(self, buffer: Any) -> Any:
        """Read once."""
        left = self._until - time.monotonic()
        if left <= 0:
            raise urllib3.exceptions.TimeoutError
        wait = min(left, self._pause)
        self._connection.settimeout(wait if wait < float("inf") else None)
        try:
            return self._raw.readinto(buffer)
        except TimeoutError as error:
            if left > self._pause:
                raise
            raise urllib3.exceptions.TimeoutError from error

    def close(self) -> None:
        """Close what it reads from."""
        self._raw.close()
        super().close()


class _Response(HTTPResponse):
    def __init__(self, sock: socket.socket, *arguments: Any, **named: Any) -> None:
        super().__init__(sock, *arguments, **named)
        opened: Any = self.fp
        self.fp = io.BufferedReader(_Limited(opened.detach(), sock))


class BoundedConnection(HTTPConnection):
    """HTTP/1.1 whose answers are bounded by `answered_within`."""

    response_class = _Response


class _Tls(HTTPSConnection):
    response_class = _Response


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = BoundedConnection


class _TlsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _Tls


def bounded(pool: urllib3.PoolManager) -> urllib3.PoolManager:
    """Give the same pool of connections, whose answers are bounded from now on."""
    pool.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
    return pool
