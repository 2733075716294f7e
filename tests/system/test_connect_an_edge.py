"""docs/how-to/connect-an-edge.md: HAProxy is told, and asks where the unit is missing, with the page's own lines."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.edges.asked import backend
from tests.edges.told import UNITS
from tests.support import haproxy
from tests.support.edge import Backend
from tests.support.pipeline import Answer, ask_all, request
from tests.support.process import free_port
from tests.support.service import Service
from tests.support.snippets import snippets
from tests.support.timing import eventually

pytestmark = pytest.mark.servers

PAGE = "docs/how-to/connect-an-edge.md"
GLOBAL, FRONTEND, LISTEN = snippets(PAGE, "haproxy")
READS_THE_UNIT = "  http-request set-var(txn.unit) req.fhdr(x-user-id)\n"
ROOT = "environments/production"
VISITORS = 24


class Edge:
    """HAProxy with the page's lines, the service that drives it, and two echoing back ends; half are the canary's."""

    def __init__(self, stack: ExitStack) -> None:
        self.service = Service({"SAMPLE_DATA": "true"})
        stack.callback(self.service.close)
        self.service.port, self.port = free_port(), free_port()
        ports = {name: stack.enter_context(Backend(name)).port for name in ("stable", "canary")}
        self.haproxy = self._made(ports)
        stack.callback(self.haproxy.close)

    def start(self) -> None:
        """Start both, bind, and wait until half of the users are the canary's."""
        node = self.haproxy.socket
        backends = {"stable": "stable", "canary": "canary"}
        entry = {"kind": "haproxy-map", "nodes": [node], "maps": "maps/checkout", "folder": None, "backends": backends}
        file = self.service.folder / "routers.yaml"
        file.write_text(json.dumps({"routers": {"edge-1": entry}}))
        self.service._settings["ROUTERS"] = str(file)
        self.service.start()
        self.haproxy.start()
        weights = {"weights": {"stable": 50_000, "canary": 50_000}}
        self.service.call("POST", f"{ROOT}/splits/checkout/weights", weights)
        self.service.call("POST", f"{ROOT}/bindings", {"key": "edge", "split": "checkout", "routers": ["edge-1"]})
        eventually(self._applied, "the binding, applied")

    def ask(self, *headers: dict[str, str]) -> list[Answer]:
        """Send a request with each of these headers."""
        answers = ask_all(self.port, [request("/", each) for each in headers])
        assert {answer.status for answer in answers} == {200}
        return answers

    def _applied(self) -> bool:
        status = self.service.call("GET", f"{ROOT}/bindings/edge")["status"]
        return bool(status and status["phase"] == "applied")

    def _made(self, ports: dict[str, int]) -> haproxy.HaproxyServer:
        inner = f"127.0.0.1:{free_port()}"
        places = {"127.0.0.1:8082": inner, "127.0.0.1:8080": f"127.0.0.1:{self.service.port}", "50ms": "5s"}
        listen = LISTEN
        for old, new in places.items():
            assert old in listen
            listen = listen.replace(old, new)
        addresses = {
            "bind 127.0.0.1:8081": f"bind 127.0.0.1:{self.port}",
            "127.0.0.1:9001": f"127.0.0.1:{ports['stable']}",
            "127.0.0.1:9002": f"127.0.0.1:{ports['canary']}",
        }
        lines = {"global\n": f"global\n{GLOBAL}", READS_THE_UNIT: READS_THE_UNIT + FRONTEND}
        lua = (haproxy.EXAMPLES / "cohort.lua").read_text().replace("127.0.0.1:8082", inner)
        files: dict[str, Path | str] = {"cohort.lua": lua.replace("= 1000", "= 20000"), "bucket.lua": haproxy.MODULE}
        text = haproxy.rendered("told.cfg", addresses | lines) + f"\n{listen}"
        return haproxy.HaproxyServer(text, self.port, {**files, **dict.fromkeys(haproxy.MAPS, "")})


@pytest.fixture
def edge() -> Iterator[Edge]:
    with ExitStack() as stack:
        made = Edge(stack)
        made.start()
        yield made


def test_a_visitor_is_asked_about_once_and_stays_by_the_cookie_with_the_service_dead(edge: Edge) -> None:
    first = edge.ask(*[{}] * VISITORS)
    cookies = [{"Cookie": answer.headers["set-cookie"].partition(";")[0]} for answer in first]
    assert {backend(answer) for answer in first} == {"stable", "canary"}

    edge.service.kill()
    again = edge.ask(*cookies)

    assert [backend(answer) for answer in again] == [backend(answer) for answer in first]
    assert not any("set-cookie" in answer.headers for answer in again)


def test_who_has_a_unit_is_never_asked_about_and_who_has_none_is_stable_with_the_service_dead(edge: Edge) -> None:
    users = [{"X-User-Id": unit} for unit in UNITS[:VISITORS]]
    before = edge.ask(*users)
    assert not any("set-cookie" in answer.headers for answer in before)

    edge.service.kill()

    assert [backend(answer) for answer in edge.ask(*users)] == [backend(answer) for answer in before]
    assert {backend(answer) for answer in edge.ask(*[{}] * VISITORS)} == {"stable"}
