"""docs/routers/nginx.md, run as it stands: only the folder, the ports and the token are others."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.edges.asked import backend
from tests.edges.told import UNITS
from tests.routers.contract import target
from tests.support.edge import Backend
from tests.support.pipeline import ask_all, request
from tests.support.process import Child, free_port, mortal, ordinary, program
from tests.support.servers import nginx_module
from tests.support.service import ADMIN_TOKEN, Service
from tests.support.snippets import snippets
from tests.support.timing import eventually
from tests.support.told_nginx import EXAMPLES, JS_MODULE, Site
from tests.support.tree import ROOT

pytestmark = pytest.mark.servers

PAGE = "docs/routers/nginx.md"
(
    PREPARE_TABLE, RUN_TABLE, BIND_TABLE, SEE, PREPARE_INCLUDE, RUN_INCLUDE, BIND_INCLUDE, PREPARE_ASKED, RUN_ASKED,
) = snippets(PAGE, "sh")  # fmt: skip
TABLE_ROUTER, INCLUDE_ROUTER = snippets(PAGE, "yaml")


class Nginx(Child):
    """nginx as the guide starts it."""

    def start(self, words: str, pid_file: Path) -> None:
        self.spawn([*ordinary("TERM"), *shlex.split(words)], lambda: pid_file.exists() and bool(pid_file.read_text()))


class Reader:
    """Somebody who follows the guide, in a folder and with ports of their own."""

    def __init__(self, stack: ExitStack) -> None:
        self.nginx = Nginx("guide")
        stack.callback(self.nginx.close)
        self.edge = self.nginx.folder / "edge"
        self.port = free_port()
        self._ports = {8081: self.port, 8082: free_port(), 8083: free_port()}
        backends = {name: stack.enter_context(Backend(name)).port for name in ("stable", "canary")}
        self._ports |= {9001: backends["stable"], 9002: backends["canary"]}
        self._stack = stack

    def follow(self, block: str) -> str:
        """Run a block with sh, in the tree; gives what it printed."""
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        environment = {**os.environ, "PATH": path, "TOKEN": ADMIN_TOKEN, "no_proxy": "*"}
        done = subprocess.run(
            ["sh", "-euc", self._mine(block)], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def prepare(self, block: str) -> None:
        """Run a block that lays the files out, and put the ports into them."""
        self.follow(block)
        for file in self.edge.glob("*.conf"):
            file.write_text(self._mine(file.read_text()))
        self.edge.chmod(0o777)

    def start(self, block: str) -> None:
        """Start nginx by a block."""
        self.nginx.start(self._mine(block), self.edge / "nginx.pid")

    def serve(self, routers: str = "") -> None:
        """Start flagsvc, with a routers file where there is one."""
        self.edge.mkdir(exist_ok=True)
        file = self.edge / "routers.yaml"
        file.write_text(self._mine(routers))
        service = Service({"SAMPLE_DATA": "true", **({"ROUTERS": str(file)} if routers else {})})
        self._stack.callback(service.close)
        service.start()
        self._ports[8080] = service.port

    def applied(self) -> bool:
        """Whether the binding says that the router was read back as desired."""
        answer, _ = json.JSONDecoder().raw_decode(self.follow(SEE))
        return bool(answer["status"] and answer["status"]["phase"] == "applied")

    def share(self) -> float:
        """Give the canary's share of a thousand users; none while a reload closes a connection."""
        try:
            answers = ask_all(self.port, [request("/", {"X-User-Id": unit}) for unit in UNITS[:1024]])
        except (OSError, EOFError, ExceptionGroup):
            return -1.0
        return sum(backend(answer) == "canary" for answer in answers) / 1024

    def _mine(self, text: str) -> str:
        places: dict[str, Any] = {"/srv/edge": self.edge}
        places |= {f"127.0.0.1:{given}": f"127.0.0.1:{port}" for given, port in self._ports.items()}
        if "load_module" in text:
            places[f"/usr/lib/nginx/modules/{JS_MODULE}"] = nginx_module(JS_MODULE)
        for old, new in places.items():
            text = text.replace(old, str(new))
        return text


@pytest.fixture
def reader() -> Iterator[Reader]:
    with ExitStack() as stack:
        yield Reader(stack)


@pytest.mark.parametrize(
    ("prepare", "run", "routers", "bind"),
    [
        (PREPARE_TABLE, RUN_TABLE, TABLE_ROUTER, BIND_TABLE),
        (PREPARE_INCLUDE, RUN_INCLUDE, INCLUDE_ROUTER, BIND_INCLUDE),
    ],
    ids=["table", "split_clients"],
)
def test_told(reader: Reader, prepare: str, run: str, routers: str, bind: str) -> None:
    reader.prepare(prepare)
    reader.start(run)
    reader.serve(routers)
    assert reader.share() == 0

    reader.follow(bind)

    eventually(lambda: abs(reader.share() - 0.25) <= 0.05, "a quarter of the users in the canary")
    eventually(reader.applied, "the binding, applied")


def test_asked(reader: Reader) -> None:
    reader.serve()
    reader.prepare(PREPARE_ASKED)
    reader.start(RUN_ASKED)

    reader.follow("\n".join([BIND_TABLE.splitlines()[0], BIND_TABLE.splitlines()[-1]]))

    eventually(lambda: abs(reader.share() - 0.25) <= 0.05, "a quarter of the users in the canary")


def test_the_watcher_reloads_when_the_file_has_changed() -> None:
    with Site("nginx-njs", pid_file=None) as site:
        watcher = Child("watch")
        try:
            folder = str(site.nginx.server.folder)
            words = [program("sh"), str(EXAMPLES / "watch.sh"), str(site.nginx.file), program("nginx")]
            words += ["-e", "stderr", "-p", folder, "-c", "nginx.conf"]
            watcher.spawn([*mortal("KILL"), *words], lambda: True, {**os.environ, "WATCH_SECONDS": "0.05"})

            site.tell(target(25_000))
            site.tell(target(0))
        finally:
            watcher.close()
