"""`flagctl` as people run it: a process of its own on pipes or a terminal; or its commands within the tests'."""

import contextlib
import json
import os
import pty
import select
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from flagsvc.ctl.main import application

PROGRAM = Path(sys.executable).parent / "flagctl"
PATIENCE_SECONDS = 60.0
SIZE = (40, 120)
_FOREIGN = ("FLAGSVC_", "XDG_", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "_FLAGCTL")


Answer = tuple[str, Callable[[], str]]
"""What is waited for, and what makes the words that are then typed."""


@dataclass(frozen=True)
class Result:
    """How it ended, and what it printed."""

    code: int
    out: str
    err: str = ""

    @property
    def json(self) -> Any:
        """What it printed, as JSON."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Flagctl:
    """The program with an environment of its own; `home` holds its profiles."""

    home: Path
    variables: Mapping[str, str]

    def run(self, *words: str, stdin: str = "", **variables: str) -> Result:
        """Run it within this process, which is quick, and give what came of it."""
        known = self.environment(variables)
        foreign = {name: None for name in os.environ if name not in known}
        done = CliRunner().invoke(
            application(), list(words), input=stdin, env={**foreign, **known}, prog_name="flagctl"
        )
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return Result(done.exit_code, done.stdout, done.stderr)

    def alone(self, *words: str, stdin: str = "", **variables: str) -> Result:
        """Run it as a process of its own with pipes, and give what came of it."""
        done = subprocess.run(
            [str(PROGRAM), *words], input=stdin, env=self.environment(variables), capture_output=True, text=True,
            check=False, timeout=PATIENCE_SECONDS, cwd=self.home,
        )  # fmt: skip
        return Result(done.returncode, done.stdout, done.stderr)

    def good(self, *words: str, stdin: str = "", **variables: str) -> Result:
        """Run it, and fail the test unless it ends with 0."""
        result = self.run(*words, stdin=stdin, **variables)
        assert result.code == 0, f"{words}: {result}"
        return result

    def begin(self, *words: str, **variables: str) -> subprocess.Popen[str]:
        """Start it with pipes, and leave it running: the test ends it."""
        return subprocess.Popen(
            [str(PROGRAM), *words], env=self.environment(variables), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=self.home,
        )  # fmt: skip

    def on_terminal(self, *words: str, answers: Sequence[Answer] = (), **variables: str) -> Result:
        """Run it on a terminal: when it has printed the first text of a pair, what the second gives is typed."""
        mine, its = pty.openpty()
        termios.tcsetwinsize(its, SIZE)
        environment = self.environment({"TERM": "xterm-256color", **variables})
        try:
            process = subprocess.Popen(
                [str(PROGRAM), *words], env=environment, stdin=its, stdout=its, stderr=its, cwd=self.home,
                start_new_session=True,
            )  # fmt: skip
            os.close(its)
            printed = _conversation(process, mine, list(answers))
        finally:
            os.close(mine)
        return Result(process.wait(PATIENCE_SECONDS), printed.replace("\r\n", "\n"))

    def environment(self, variables: Mapping[str, str]) -> dict[str, str]:
        """Give its environment: nothing of ours that it would go by."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
        known = {"HOME": str(self.home), "XDG_CONFIG_HOME": str(self.home / "config"), **self.variables, **variables}
        return inherited | known


def _conversation(process: subprocess.Popen[bytes], terminal: int, answers: list[Answer]) -> str:
    """Read until the program ends, typing answers; kills what says nothing for a minute."""
    printed, seen, deadline = b"", 0, time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if select.select([terminal], [], [], 0.1)[0]:
            with contextlib.suppress(OSError):  # the last one closed the other end
                if piece := os.read(terminal, 65536):
                    printed += piece
                    continue
            break
        if answers and answers[0][0].encode() in printed[seen:]:
            seen = len(printed)
            os.write(terminal, answers.pop(0)[1]().encode())
    else:
        process.kill()
    return printed.decode(errors="replace")
