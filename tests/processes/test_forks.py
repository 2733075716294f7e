"""os.fork at any moment: no child hangs, whatever the other threads of the parent were doing."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flagsdk import FlagClient
from tests.processes.children import awaited, forked
from tests.publisher.database import flag
from tests.sdk.documents import FIRST
from tests.sdk.feeding import TOKEN, Feeding
from tests.sdk.scripted import Scripted
from tests.support.process import connections
from tests.support.timing import eventually
from tests.support.tree import ROOT

FORKS = 250


def test_no_child_hangs_whatever_the_parent_is_doing() -> None:
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-m", "tests.processes.forks", str(FORKS)]

    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)

    assert (result.stdout, result.stderr, result.returncode) == (f"{FORKS}\n", "", 0)


class Own(Scripted):
    """A source that a program brings along, with a connection that the program uses for more than flags."""

    def __init__(self) -> None:
        super().__init__(FIRST)
        self.connection, self.other_end = socket.socketpair()


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_programs_own_source_keeps_what_it_has_open() -> None:
    source = Own()
    with FlagClient(source):
        code, answer = forked(lambda: {"open": source.connection.fileno() > 0})
    source.connection.close()
    source.other_end.close()

    assert (code, answer) == (0, {"open": True})


@pytest.fixture
def feeding(tmp_path: Path) -> Iterator[Feeding]:
    made = Feeding(tmp_path)
    made.write({"flag/a": flag("a")})
    made.start()
    yield made
    made.close()


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_child_of_an_http_client_shares_no_connection_and_harms_none(feeding: Feeding) -> None:
    with FlagClient(feeding.url, token=TOKEN) as client:
        assert client.is_enabled("a") is True
        parents = connections(os.getpid(), feeding.port)

        def connected() -> dict[str, Any]:
            answer = awaited(client, True)  # noqa: FBT003 - the value of the flag
            eventually(lambda: connections(os.getpid(), feeding.port))
            return answer | {"own": sorted(connections(os.getpid(), feeding.port))}

        code, answer = forked(connected)

        assert (code, answer["value"]) == (0, True)
        assert parents
        assert parents.isdisjoint(answer["own"])
        faults = client.status.faults
        feeding.write({"flag/a": flag("a", False)})  # noqa: FBT003 - likewise
        eventually(lambda: client.is_enabled("a") is False)
        assert client.status.faults == faults
