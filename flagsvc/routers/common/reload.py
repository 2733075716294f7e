"""Making a server load its configuration anew: by a signal, by a command, or by nobody here."""

import os
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from flagsvc.domain.routing.errors import RouterError
from flagsvc.outbound.files import read_text

COMMAND_SECONDS = 5.0
SAID_CHARACTERS = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Reload:
    """SIGHUP to the process of `program` that `pid_file` names, or `command`; with neither, somebody else does it.

    `check` says beforehand whether the configuration would load. Commands are lists of words, run without a shell.
    """

    program: str
    pid_file: Path | None = None
    command: Sequence[str] = ()
    check: Sequence[str] = ()

    def words(self) -> str:
        """Say how, for a plan; "" when somebody else does it."""
        if self.command:
            return "run " + " ".join(self.command)
        return f"send SIGHUP to the process of {self.pid_file}" if self.pid_file else ""

    def demand_sound(self) -> None:
        """Pass when the check does, or when there is none; else RouterError with the program's own complaint."""
        if self.check:
            _run(self.check, f"{self.program} would not load what was written")

    def __call__(self) -> None:
        """Do it; RouterError when the signal or the command fails. Returns before anything is loaded."""
        if self.command:
            _run(self.command, f"{self.program} was not reloaded")
        elif self.pid_file:
            self._signal(self.pid_file)

    def _signal(self, file: Path) -> None:
        number = (read_text(file) or "").strip()
        if not number.isdecimal() or not _is_running(number, self.program):
            raise RouterError(f"{self.program} does not run: {file} names no process of it")
        try:
            os.kill(int(number), signal.SIGHUP)
        except OSError as error:
            raise RouterError(f"{self.program} (process {number}) was not reloaded: {error.strerror}") from error


def _is_running(number: str, program: str) -> bool:
    """Whether the process is that program: SIGHUP ends most others."""
    try:
        return Path(f"/proc/{number}/comm").read_text(encoding="utf-8").strip() == program
    except OSError:
        return False


def _run(words: Sequence[str], failing: str) -> None:
    try:
        ended = subprocess.run(  # noqa: S603  # the operator's own words, from the routers file
            list(words), stdin=subprocess.DEVNULL, capture_output=True, timeout=COMMAND_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise RouterError(f"{failing}: {words[0]} took longer than {COMMAND_SECONDS:.0f} s") from error
    except OSError as error:
        raise RouterError(f"{failing}: {words[0]}: {error.strerror}") from error
    if ended.returncode:
        said = " ".join((ended.stderr or ended.stdout).decode("utf-8", "replace").split())[:SAID_CHARACTERS]
        raise RouterError(f"{failing}: {words[0]} ended with {ended.returncode}: {said}")
