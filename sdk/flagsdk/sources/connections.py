"""The connections of an HTTP source: through a proxy or not, trusted or not, and cut by another thread at any time."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies_environment, proxy_bypass

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


class Connections:
    """At most two kept connections to one service. Environment: HTTP_PROXY, HTTPS_PROXY, NO_PROXY, SSL_CERT_FILE.

    `ca_file` (PEM) takes the place of the system's certificate authorities; ValueError when it is not there.
    """

    def __init__(self, url: str, ca_file: str = "") -> None:
        if ca_file and not Path(ca_file).is_file():
            raise ValueError(f"http: the file of certificate authorities is not there: {ca_file}")
        self._wires = _Wires()
        self._manager = _manager(url, {"ca_certs": ca_file} if ca_file else {})
        self._manager.pool_classes_by_scheme = _pools(self._wires)

    def request(self, url: str, headers: dict[str, str], timeout: urllib3.Timeout, *, whole: bool) -> Any:
        """GET; no redirect is followed and nothing is tried twice. The body is read at once if `whole`."""
        return self._manager.request("GET", url, headers=headers, timeout=timeout, preload_content=whole, retries=False)

    def post(self, url: str, body: bytes, headers: dict[str, str], timeout: urllib3.Timeout) -> Any:
        """POST, likewise; the body of the answer is not read."""
        return self._manager.request(
            "POST", url, body=body, headers=headers, timeout=timeout, preload_content=False, retries=False
        )

    @contextmanager
    def deadline(self, seconds: float) -> Iterator[None]:
        """Cut everything when the block takes longer, however often a byte arrives; it then raises TimeoutError.

        Where no thread is to be had for that, as at the end of a program, each wait is bounded all the same.
        """
        late = threading.Event()

        def end() -> None:
            late.set()
            self.cut()

        timer = threading.Timer(seconds, end)
        timer.daemon = True
        with suppress(RuntimeError):
            timer.start()
        try:
            yield
        except (urllib3.exceptions.HTTPError, OSError) as fault:
            if late.is_set():
                raise TimeoutError(f"not done within {seconds:.0f} s") from fault
            raise
        finally:
            timer.cancel()
            self._wires.sweep()

    def cut(self) -> None:
        """End every read, write and handshake under way in other threads. Never raises."""
        self._wires.cut()

    def sweep(self) -> None:
        """Let go of connections that were closed."""
        self._wires.sweep()

    def close(self) -> None:
        """Close every connection; only for the thread that uses them, or when none does."""
        pools = self._manager.pools
        for pool in [pools[key] for key in pools.keys()]:  # noqa: SIM118 - it refuses to be iterated over
            pool.close()  # what `clear` leaves to the collector of garbage
        self._manager.clear()
        self._wires.sweep()


class _Wires:
    """A second handle of each socket: what owns the first one, TLS among them, is not asked when a line is cut."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: list[tuple[Any, socket.socket]] = []

    def hold(self, connection: Any, sock: socket.socket) -> None:
        with self._lock:
            self._held.append((connection, sock.dup()))

    def cut(self) -> None:
        with self._lock:
            for _, handle in self._held:
                with suppress(OSError):
                    handle.shutdown(socket.SHUT_RDWR)

    def sweep(self) -> None:
        """Let go of those whose connection was closed."""
        with self._lock:
            gone = [handle for connection, handle in self._held if connection.sock is None]
            self._held = [each for each in self._held if each[1] not in gone]
            for handle in gone:
                handle.close()


def _pools(wires: _Wires) -> dict[str, type[HTTPConnectionPool]]:
    """Make pools whose connections tell `wires` of their sockets as soon as these exist."""

    class Http(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            sock = super()._new_conn()
            wires.hold(self, sock)
            return sock

    class Https(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            sock = super()._new_conn()
            wires.hold(self, sock)
            return sock

    class HttpPool(HTTPConnectionPool):
        ConnectionCls = Http

    class HttpsPool(HTTPSConnectionPool):
        ConnectionCls = Https

    return {"http": HttpPool, "https": HttpsPool}


def _manager(url: str, options: dict[str, Any]) -> urllib3.PoolManager:
    parts = urlsplit(url)
    proxy = getproxies_environment().get(parts.scheme)
    if not proxy or proxy_bypass(parts.netloc.rpartition("@")[2]):
        return urllib3.PoolManager(maxsize=2, **options)
    to = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    login = f"{unquote(to.username)}:{unquote(to.password or '')}" if to.username else None
    bare = f"{to.scheme}://{to.netloc.rpartition('@')[2]}"
    headers = urllib3.make_headers(proxy_basic_auth=login)
    return urllib3.ProxyManager(bare, maxsize=2, proxy_headers=headers, **options)
