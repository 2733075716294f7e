"""Processes that the demo starts and ends: each in a group of its own, none of them outlives the demo."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

READY_SECONDS = 60.0
STOP_SECONDS = 5.0
POLL_SECONDS = 0.02
SYSTEM = "/usr/local/sbin:/usr/sbin:/sbin"


class NotStarted(Exception):
    """Something that the demo needs is missing, or ended before it was ready; the message says what to do."""


def program(name: str) -> str:
    """Path of an installed program; raises NotStarted with the command that installs it."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:{SYSTEM}")
    if found is None:
        raise NotStarted(f"{name} is not installed: `make demo` installs it, or do it by hand")
    return found


class Child:
    """A process in a session of its own, so that Ctrl-C reaches the demo alone; it is killed if the demo is.

    To be made in the main thread: the system ends the process with the very thread that started it.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        folder: Path,
        environment: Mapping[str, str] | None = None,
        sockets: Sequence[int] = (),
    ) -> None:
        self.name = name
        self._log = folder / f"{name}.log"
        with self._log.open("wb") as output:
            self._process = subprocess.Popen(
                [*_mortal(), *command], cwd=folder, env={**os.environ, **(environment or {})}, pass_fds=sockets,
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
            )  # fmt: skip

    def wait(self, ready: Callable[[], object]) -> None:
        """Wait until `ready` says so; raises NotStarted, with its last words, when it ends or takes a minute."""
        deadline = time.monotonic() + READY_SECONDS
        while not _holds(ready):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise NotStarted(f"{self.name} did not start:\n{self.output()[-1500:]}")
            time.sleep(POLL_SECONDS)

    def output(self) -> str:
        """Everything that it has printed."""
        return self._log.read_text(errors="replace")

    def ask_to_end(self) -> None:
        """Send it and everything that it started a SIGTERM."""
        self._signal(signal.SIGTERM)

    def end(self) -> None:
        """Wait a moment for its end, and make sure of it, for all of its group."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_SECONDS)
        self._signal(signal.SIGKILL)
        self._process.wait()

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError, PermissionError):  # nobody of the group is left
            os.killpg(self._process.pid, number)


def end_all(children: Iterable[Child]) -> None:
    """End processes, all at once."""
    ending = list(children)
    for child in ending:
        child.ask_to_end()
    for child in ending:
        child.end()


def _mortal() -> list[str]:
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig=KILL"] if setpriv else []


def _holds(ready: Callable[[], object]) -> bool:
    with suppress(OSError):  # nobody listens yet
        return bool(ready())
    return False
