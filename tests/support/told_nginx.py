"""nginx that decides by itself: the examples' configurations before two echoing back ends, and routers that tell it."""

from collections.abc import Mapping
from typing import Any, Self

from flagsvc.domain.routing.observed import disagreement
from flagsvc.domain.routing.target import Target
from flagsvc.ports import Router
from flagsvc.routers import nginx_njs, nginx_split_clients
from tests.support.edge import Backend
from tests.support.process import free_port
from tests.support.servers import NginxServer, nginx_module
from tests.support.timing import eventually
from tests.support.tree import ROOT

EXAMPLES = ROOT / "examples" / "nginx"
MODULE = ROOT / "flagsvc" / "routers" / "edge" / "nginx" / "edge.js"
JS_MODULE = "ngx_http_js_module.so"


class ToldNginx:
    """One nginx by itself; `port` is where clients come in, `status` where it says what it has loaded.

    `changes` are made to the example's text.
    """

    def __init__(self, kind: str, backends: Mapping[str, int], changes: Mapping[str, str] | None = None) -> None:
        self.kind = kind
        self.port, self._status, mirrors = free_port(), free_port(), free_port()
        self.status = f"http://127.0.0.1:{self._status}/flagsvc/checkout"
        replacements = {
            **(changes or {}),
            "127.0.0.1:9001": f"127.0.0.1:{backends['stable']}",
            "127.0.0.1:9002": f"127.0.0.1:{backends['canary']}",
            "127.0.0.1:8081": f"127.0.0.1:{self.port}",
            "127.0.0.1:8082": f"127.0.0.1:{self._status}",
            "127.0.0.1:8083": f"127.0.0.1:{mirrors}",
        }
        if kind == "nginx-njs":
            replacements[f"/usr/lib/nginx/modules/{JS_MODULE}"] = nginx_module(JS_MODULE)
        configuration, told = CONFIGURATIONS[kind]
        given = {told: EXAMPLES / told, "edge.js": MODULE}
        self.server = NginxServer(EXAMPLES / configuration, replacements, given)
        self.file = self.server.folder / told

    @property
    def status_port(self) -> int:
        """Where the status listens."""
        return self._status

    def router(self, **options: Any) -> Router:
        """Make a router that writes its file and signals it, unless the options say otherwise."""
        common: dict[str, Any] = {
            "file": self.file,
            "backends": ("stable", "canary"),
            "nodes": (self.status,),
            "pid_file": None if "reload" in options else self.server.folder / "nginx.pid",
        }
        if self.kind == "nginx-njs":
            return nginx_njs.Njs(nginx_njs.Options(**(common | options)))
        return nginx_split_clients.SplitClients(
            nginx_split_clients.Options(**({"variables": "checkout"} | common | options))
        )


CONFIGURATIONS = {
    "nginx-njs": ("told.conf", "told/checkout.json"),
    "nginx-split-clients": ("weights.conf", "told/checkout.conf"),
}
"""By kind: the example, and the file that is told."""


class Site:
    """A told nginx before two echoing back ends; `others` are the ports of other ones, by name."""

    def __init__(self, kind: str, others: Mapping[str, int] | None = None, **options: Any) -> None:
        self._kind, self._others, self.options = kind, dict(others or {}), options
        self.backends = {name: Backend(name) for name in ("stable", "canary")}

    def __enter__(self) -> Self:
        for backend in self.backends.values():
            backend.__enter__()
        ports = {name: backend.port for name, backend in self.backends.items()}
        self.nginx = ToldNginx(self._kind, ports | self._others)
        self.nginx.server.start()
        self.port = self.nginx.port
        self.router = self.nginx.router(**self.options)
        return self

    def tell(self, wanted: Target) -> None:
        """Bring it to a target, and wait until it reads back."""
        self.router.apply(wanted)
        eventually(lambda: self.agrees(wanted), f"{wanted.weights} at the edge")

    def agrees(self, wanted: Target) -> bool:
        """Whether it reads back as the target."""
        observed = self.router.observe()
        return observed is not None and disagreement(wanted, observed, self.router.capabilities) == ""

    def __exit__(self, *_: object) -> None:
        self.nginx.server.close()
        for backend in self.backends.values():
            backend.__exit__()
