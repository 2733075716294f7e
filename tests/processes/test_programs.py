"""Programs of other kinds: multiprocessing, uvloop, gevent. Each runs as a process of its own, from start to exit."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.processes.world import World
from tests.support.process import mortal
from tests.support.timing import within
from tests.support.tree import ROOT


class Program:
    """One program of tests.processes.programs under way."""

    def __init__(self, name: str, world: World) -> None:
        self._process = subprocess.Popen(
            [*mortal("KILL"), sys.executable, "-m", "tests.processes.programs", name],
            cwd=ROOT, env=os.environ | world.environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def says(self) -> Any:
        """Read its next line."""
        assert self._process.stdout
        line = self._process.stdout.readline()
        return json.loads(line) if line else pytest.fail(self._process.communicate()[1])

    def go(self) -> None:
        """Let it know that the flag was turned."""
        assert self._process.stdin
        self._process.stdin.write("go\n")
        self._process.stdin.flush()

    def ends(self) -> tuple[int, str]:
        """Wait for its end: exit code, and what it has said on stderr."""
        _, errors = self._process.communicate(timeout=60)
        return self._process.returncode, errors

    def close(self) -> None:
        """Leave nothing behind."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()


@pytest.fixture
def start(world: World) -> Iterator[Any]:
    started: list[Program] = []

    def program(name: str) -> Program:
        started.append(Program(name, world))
        return started[-1]

    yield program
    for each in started:
        each.close()


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_children_of_multiprocessing_follow_by_themselves(world: World, start: Any, method: str) -> None:
    program = start(f"children-{method}")
    parent, *children = [program.says() for _ in range(3)]
    assert [answer["value"] for answer in (parent, *children)] == [True] * 3
    assert len({answer["pid"] for answer in (parent, *children)}) == 3
    world.check_connections({answer["pid"] for answer in (parent, *children)})

    world.turn(False)  # noqa: FBT003 - the value of the flag
    program.go()

    later = [program.says() for _ in range(2)]
    assert [(answer["value"], answer["state"], answer["threads"]) for answer in later] == [(False, "ready", 1)] * 2
    assert program.says() == [0, 0]
    assert program.ends() == (0, "")


@pytest.mark.parametrize("name", ["uvloop", "gevent"])
def test_one_process_follows_and_ends_in_time(world: World, start: Any, name: str) -> None:
    program = start(name)
    first = program.says()
    world.check_connections({first["pid"]})

    world.turn(False)  # noqa: FBT003 - the value of the flag
    program.go()

    later = program.says()
    assert (first["value"], later["value"]) == (True, False)
    assert (later["threads"], later["state"], later["fault"]) == (1, "ready", "")
    with within(5):
        assert program.ends() == (0, "")
