"""`flagctl` as people run it: a process of its own, its streams pipes or a terminal."""

import contextlib
import json
import os
import pty
import select
import subprocess
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROGRAM = Path(sys.executable).parent / "flagctl"
PATIENCE_SECONDS = 60.0
SIZE = (40, 120)
_FOREIGN = ("FLAGSVC_", "XDG_", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "_FLAGCTL")


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
        """Run it with pipes, and give what came of it."""
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

    def on_terminal(self, *words: str, answers: Sequence[tuple[str, str]] = (), **variables: str) -> Result:
        """Run it on a terminal: when it has printed the first text of a pair, the second is typed."""
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


def _conversation(process: subprocess.Popen[bytes], terminal: int, answers: list[tuple[str, str]]) -> str:
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
            os.write(terminal, answers.pop(0)[1].encode())
    else:
        process.kill()
    return printed.decode(errors="replace")
