"""Services forked from a process that has imported everything: imports are most of what a start costs.

What comes of it differs from `flagsvc COMMAND` by what execve(2) would have done, and by nothing else. Who wants
another environment than the zygote has is not served: variables may be read by what was imported long ago.
"""

import json
import os
import select
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from tests.support.tree import ROOT

OWN = "FLAGSVC_"
PASSING = {"PYTEST_CURRENT_TEST"}
PROGRAM = "tests.support.zygote"


class Forked:
    """A child of the zygote, with what is used here of subprocess.Popen."""

    def __init__(self, zygote: "Zygote", pid: int) -> None:
        self.pid = pid
        self._zygote = zygote
        self._ended = os.pidfd_open(pid)
        self._turn = threading.Lock()
        self._code: int | None = None

    def poll(self) -> int | None:
        """Give the exit code, negative for a signal; None while it runs."""
        with self._turn:
            if self._code is None and self._is_over(0):
                self._code = self._zygote.ask({"reap": self.pid})
                os.close(self._ended)
            return self._code

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end and give the exit code; raises subprocess.TimeoutExpired."""
        if self._code is None and not self._is_over(timeout):
            raise subprocess.TimeoutExpired("flagsvc", timeout or 0)
        code = self.poll()
        assert code is not None
        return code

    def send_signal(self, number: int) -> None:
        """Signal it, unless its end was seen."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def _is_over(self, timeout: float | None) -> bool:
        return bool(select.select([self._ended], [], [], timeout)[0])


class Zygote:
    """The process, and the line to it. It ends when the line does."""

    def __init__(self) -> None:
        self.environment = _inherited(os.environ)
        self._line, theirs = socket.socketpair()
        with theirs:
            words = [sys.executable, "-m", PROGRAM, str(theirs.fileno())]
            self._process = subprocess.Popen(words, cwd=ROOT, pass_fds=[theirs.fileno()], start_new_session=True)
        self._answers = self._line.makefile("r")
        self._turn = threading.Lock()

    def fork(self, words: Sequence[str], folder: Path, log: Path, environment: Mapping[str, str]) -> Forked:
        """Run a module's `main` with these arguments in that folder; what it prints is added to the log."""
        wish = {"words": list(words), "folder": str(folder), "log": str(log), "environment": dict(environment)}
        return Forked(self, self.ask(wish))

    def ask(self, wish: Mapping[str, Any]) -> int:
        """Ask for one thing and give the number that is the answer."""
        with self._turn:
            self._line.sendall(json.dumps(wish).encode() + b"\n")
            return int(self._answers.readline())


def zygote_for(environment: Mapping[str, str]) -> Zygote | None:
    """Give this process's zygote if a start in that environment would find the same there."""
    zygote = _zygote(os.getpid())
    return zygote if zygote.environment == _inherited(environment) else None


@cache
def _zygote(_process: int) -> Zygote:
    return Zygote()


def _inherited(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if not name.startswith(OWN) and name not in PASSING}
