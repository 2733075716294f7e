"""A Caddy with the guide's own Caddyfile before two back ends, and the router of the guide that tells it."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Self

from ruamel.yaml import YAML

from flagsvc.routers.caddy import Options, make
from flagsvc.routers.caddy_plan import upstreams_of
from flagsvc.routers.registry import Tools
from tests.edges.asked import backend
from tests.routers.contract import STEPS
from tests.support.edge import Backend
from tests.support.edge_servers import CaddyServer
from tests.support.meddler import Meddler
from tests.support.pipeline import ask_all, request
from tests.support.process import free_port
from tests.support.snippets import snippets

PAGE = "docs/routers/caddy.md"
NO_TOOLS: Any = Tools(shelf=None)  # type: ignore[arg-type]  # this kind uses none


def entry() -> dict[str, Any]:
    """Give the guide's router: its options and its kind."""
    (text,) = snippets(PAGE, "yaml")
    read: dict[str, Any] = YAML(typ="safe", pure=True).load(text)["routers"]["edge-1"]
    return read


class CaddyWorld:
    """One Caddy, told through a meddler. `port` is where clients come in."""

    steps = STEPS

    def __init__(self, *, resumes: bool = False) -> None:
        self._stack = ExitStack()
        self._resumes = resumes
        self._backends = {name: Backend(name) for name in ("stable", "canary")}

    def __enter__(self) -> Self:
        ports = {name: self._stack.enter_context(each).port for name, each in self._backends.items()}
        self.addresses = {name: (f"127.0.0.1:{port}",) for name, port in ports.items()}
        self.port = free_port()
        self.server = CaddyServer(self._caddyfile(admin := free_port()), admin, resumes=self._resumes)
        self._stack.callback(self.server.close)
        self.server.start()
        self.meddler = self._stack.enter_context(Meddler(admin))
        self.path: str = entry()["path"]
        self.router = self.made()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def made(self, **options: Any) -> Any:
        """Make a router for it; `options` differ from the guide's."""
        usual: dict[str, Any] = {
            "nodes": (self.meddler.url,),
            "path": self.path,
            "resumes": self._resumes,
            "backends": self.addresses,
        }
        return make("edge-1", Options(**(usual | options)), NO_TOOLS)

    def by_hand(self, canary: int) -> None:
        weights = {"stable": 100 - canary // 1000, "canary": canary // 1000}
        self.list_by_hand(*(upstream["dial"] for upstream in upstreams_of(weights, self.addresses)))

    def list_by_hand(self, *addresses: str) -> None:
        """Put upstreams there as a person would."""
        self.server.ask("PATCH", f"/config/{self.path}/upstreams", [{"dial": address} for address in addresses])

    def restart(self) -> None:
        self.server.stop()
        self.server.start()

    @contextmanager
    def down(self) -> Iterator[None]:
        self.server.kill()
        try:
            yield
        finally:
            self.server.start()

    def writes(self) -> int:
        return len(self.meddler.moved)

    def seen(self, count: int = 1000) -> Counter[str]:
        """Send requests, and count which back end answered."""
        answers = ask_all(self.port, [request("/", {})] * count)
        assert {answer.status for answer in answers} == {200}
        return Counter(map(backend, answers))

    def _caddyfile(self, admin: int) -> str:
        (text,) = snippets(PAGE, "caddyfile")
        places = {
            "127.0.0.1:2019": f"127.0.0.1:{admin}",
            "http://:8081": f"http://:{self.port}",
            "127.0.0.1:9001": self.addresses["stable"][0],
        }
        for old, new in places.items():
            assert old in text
            text = text.replace(old, new)
        return text
