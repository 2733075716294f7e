"""The edge: two back ends that echo what reached them, and a proxy before them with an example's own configuration."""

import asyncio
import json
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol, Self

from tests.support.process import free_port
from tests.support.servers import NginxServer
from tests.support.tree import ROOT

EXAMPLE = ROOT / "examples" / "nginx" / "nginx.conf"
TIME_LIMIT = "50ms"  # in the example


class Echo(asyncio.Protocol):
    """Answers each request without a body by {"backend": name, "headers": [[name, value], …]}; keeps alive."""

    def __init__(self, name: str, connections: set[asyncio.Transport]) -> None:
        self._name = name
        self._connections = connections
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._connections.add(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        *heads, self._received = (self._received + data).split(b"\r\n\r\n")
        for head in heads:
            lines = head.decode("latin-1").split("\r\n")[1:]
            headers = [line.split(": ", 1) for line in lines]
            body = json.dumps({"backend": self._name, "headers": headers}).encode()
            self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))


class Backend:
    """An echoing server in a thread of its own, on a port of its own."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=f"backend {name}")
        self._connections: set[asyncio.Transport] = set()
        self.port = 0

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(5)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _listen(self) -> asyncio.Server:
        return await self._loop.create_server(lambda: Echo(self._name, self._connections), "127.0.0.1", 0)

    async def _close(self) -> None:
        self._server.close()
        for transport in list(self._connections):
            transport.abort()
        await self._server.wait_closed()


class Proxy(Protocol):
    """A proxy over one configuration; `start` waits until it listens."""

    def start(self) -> None:
        """Start it."""

    def close(self) -> None:
        """End it and remove its folder."""


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where things are on 127.0.0.1, for a proxy's configuration: its own port, the service's, the back ends'.

    `limit` is the time limit of a decision as the example writes it, or "5s" where the test is patient.
    """

    port: int
    services: Sequence[int]
    backends: Mapping[str, int]
    limit: str


MakeProxy = Callable[[Places], Proxy]


def nginx(places: Places) -> NginxServer:
    """Make nginx with examples/nginx/nginx.conf."""
    services = " ".join(f"server 127.0.0.1:{port} max_fails=0;" for port in places.services)
    return NginxServer(
        EXAMPLE,
        {
            "server 127.0.0.1:8080 max_fails=0;": services,
            "127.0.0.1:9001": f"127.0.0.1:{places.backends['stable']}",
            "127.0.0.1:9002": f"127.0.0.1:{places.backends['canary']}",
            "listen 127.0.0.1:8081": f"listen 127.0.0.1:{places.port}",
            f"_timeout {TIME_LIMIT};": f"_timeout {places.limit};",
        },
    )


class Edge:
    """A proxy with an example's configuration, asking the services on `service_ports`; `port` is where clients come in.

    `backends` are the ports of other back ends than the echoing ones, by cohort.
    `patient`: it waits seconds for a decision instead of 50 ms, for tests of *what* is decided, on busy machines.
    """

    def __init__(
        self,
        service_ports: Sequence[int],
        *,
        patient: bool = False,
        backends: Mapping[str, int] | None = None,
        make: MakeProxy = nginx,
    ) -> None:
        self._service_ports = service_ports
        self._others = backends
        self._make = make
        self._limit = "5s" if patient else TIME_LIMIT
        self._backends = {name: Backend(name) for name in ("stable", "canary")}
        self.port = 0

    def __enter__(self) -> Self:
        for backend in self._backends.values():
            backend.__enter__()
        self.port = free_port()
        ports = self._others or {name: backend.port for name, backend in self._backends.items()}
        places = Places(port=self.port, services=self._service_ports, backends=ports, limit=self._limit)
        self.proxy = self._make(places)
        self.proxy.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.proxy.close()
        for backend in self._backends.values():
            backend.__exit__()


class BrokenService:
    """Answers every connection's first request with the same bytes, and closes; `port` is where it listens."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def _serve(self) -> None:
        with suppress(OSError):  # closed: the test is over
            while True:
                connection, _ = self._listener.accept()
                with connection, suppress(OSError):
                    connection.recv(65536)
                    self.send(connection, self._answer)

    def send(self, connection: socket.socket, answer: bytes) -> None:
        """Send the answer."""
        connection.sendall(answer)
