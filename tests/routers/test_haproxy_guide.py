"""docs/routers/haproxy.md, run as it stands: only the folder, the ports and the token are others."""

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
from tests.support.edge import Backend
from tests.support.pipeline import ask_all, request
from tests.support.process import Child, free_port, listens, ordinary
from tests.support.service import ADMIN_TOKEN, Service
from tests.support.snippets import snippets
from tests.support.timing import eventually
from tests.support.tree import ROOT

PAGE = "docs/routers/haproxy.md"
PREPARE_TABLE, RUN_TABLE, BIND, SEE, PREPARE_WEIGHTS, RUN_WEIGHTS, PREPARE_ASKED, RUN_ASKED = snippets(PAGE, "sh")
TABLE_ROUTER, WEIGHTS_ROUTER = snippets(PAGE, "yaml")


class Haproxy(Child):
    """HAProxy as the guide starts it."""

    def start(self, words: str, port: int) -> None:
        self.spawn([*ordinary("TERM"), *shlex.split(words)], lambda: self._listens(port))

    def _listens(self, port: int) -> bool:
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return any(listens(int(child), port) for child in children)


class Reader:
    """Somebody who follows the guide, in a folder and with ports of their own."""

    def __init__(self, stack: ExitStack) -> None:
        self.haproxy = Haproxy("guide")
        stack.callback(self.haproxy.close)
        self.edge = self.haproxy.folder / "edge"
        self.port, self.inner = free_port(), free_port()
        self.backends = {name: stack.enter_context(Backend(name)).port for name in ("stable", "canary")}
        self._stack = stack
        self._service = 8080

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
        for file in (*self.edge.glob("*.cfg"), *self.edge.glob("cohort.lua")):
            file.write_text(self._mine(file.read_text()))
        self.edge.chmod(0o777)

    def start(self, block: str) -> None:
        """Start HAProxy by a block."""
        self.haproxy.start(self._mine(block), self.port)

    def serve(self, routers: str = "") -> None:
        """Start flagsvc, with a routers file where there is one."""
        file = self.edge / "routers.yaml"
        file.write_text(self._mine(routers))
        service = Service({"SAMPLE_DATA": "true", **({"ROUTERS": str(file)} if routers else {})})
        self._stack.callback(service.close)
        service.start()
        self._service = service.port

    def applied(self) -> bool:
        """Whether the binding says that the router was read back as desired."""
        answer, _ = json.JSONDecoder().raw_decode(self.follow(SEE))
        return bool(answer["status"] and answer["status"]["phase"] == "applied")

    def share(self) -> float:
        """Give the canary's share of a thousand users."""
        answers = ask_all(self.port, [request("/", {"X-User-Id": unit}) for unit in UNITS[:1024]])
        return sum(backend(answer) == "canary" for answer in answers) / 1024

    def _mine(self, text: str) -> str:
        places: dict[str, Any] = {"/srv/edge": self.edge, "127.0.0.1:8080": f"127.0.0.1:{self._service}"}
        places |= {"127.0.0.1:8081": f"127.0.0.1:{self.port}", "127.0.0.1:8082": f"127.0.0.1:{self.inner}"}
        places |= {"127.0.0.1:9001": f"127.0.0.1:{self.backends['stable']}"}
        places |= {"127.0.0.1:9002": f"127.0.0.1:{self.backends['canary']}"}
        for old, new in places.items():
            text = text.replace(old, str(new))
        return text


@pytest.fixture
def reader() -> Iterator[Reader]:
    with ExitStack() as stack:
        yield Reader(stack)


pytestmark = pytest.mark.servers


@pytest.mark.parametrize(
    ("prepare", "run", "routers", "margin"),
    [(PREPARE_TABLE, RUN_TABLE, TABLE_ROUTER, 0.05), (PREPARE_WEIGHTS, RUN_WEIGHTS, WEIGHTS_ROUTER, 0.002)],
    ids=["table", "weights"],
)
def test_told(reader: Reader, prepare: str, run: str, routers: str, margin: float) -> None:
    reader.prepare(prepare)
    reader.start(run)
    reader.serve(routers)
    assert reader.share() == 0

    reader.follow(BIND)

    eventually(lambda: abs(reader.share() - 0.25) <= margin, "a quarter of the users in the canary")
    eventually(reader.applied, "the binding, applied")


def test_asked(reader: Reader) -> None:
    reader.follow(PREPARE_ASKED)
    reader.serve()
    reader.prepare(PREPARE_ASKED)
    reader.start(RUN_ASKED)

    reader.follow(BIND.splitlines()[0] + "\n" + BIND.splitlines()[-1])

    eventually(lambda: abs(reader.share() - 0.25) <= 0.05, "a quarter of the users in the canary")
