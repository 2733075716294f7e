"""The edge: two back ends that echo what reached them, and nginx before them with the example's own configuration."""

import asyncio
import json
import threading
from collections.abc import Mapping, Sequence
from typing import Self

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


class Edge:
    """nginx with examples/nginx/nginx.conf, asking the services on `service_ports`; `port` is where clients come in.

    `backends` are the ports of other back ends than the echoing ones, by cohort.
    `patient`: it waits seconds for a decision instead of 50 ms, for tests of *what* is decided, on busy machines.
    """

    def __init__(
        self, service_ports: Sequence[int], *, patient: bool = False, backends: Mapping[str, int] | None = None
    ) -> None:
        self._service_ports = service_ports
        self._others = backends
        self._limit = "5s" if patient else TIME_LIMIT
        self._backends = {name: Backend(name) for name in ("stable", "canary")}
        self.port = 0

    def __enter__(self) -> Self:
        for backend in self._backends.values():
            backend.__enter__()
        self.port = free_port()
        services = " ".join(f"server 127.0.0.1:{port} max_fails=0;" for port in self._service_ports)
        ports = self._others or {name: backend.port for name, backend in self._backends.items()}
        self.nginx = NginxServer(
            EXAMPLE,
            {
                "server 127.0.0.1:8080 max_fails=0;": services,
                "127.0.0.1:9001": f"127.0.0.1:{ports['stable']}",
                "127.0.0.1:9002": f"127.0.0.1:{ports['canary']}",
                "listen 127.0.0.1:8081": f"listen 127.0.0.1:{self.port}",
                f"_timeout {TIME_LIMIT};": f"_timeout {self._limit};",
            },
        )
        self.nginx.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.nginx.close()
        for backend in self._backends.values():
            backend.__exit__()
