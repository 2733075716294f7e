"""A child process that serves a port: started as an ordinary user, polled until ready, ended by its own id."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from tests.support.forked import Forked
from tests.support.timing import eventually

READY_SECONDS = 90.0
STOP_SECONDS = 30.0
POLL_SECONDS = 0.02


class NotStarted(Exception):
    """The server could not be started; the message carries the end of its output."""


def free_port() -> int:
    """Find a loopback port that was free a moment ago; whoever binds it must be ready to lose the race."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def program(name: str, *folders: str) -> str:
    """Path of an installed program, looked for in PATH and then in `folders`; fails the test that needs it."""
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", *folders])
    found = shutil.which(name, path=path)
    if found is None:
        raise NotStarted(f"{name} is not installed: `make test` installs what the tests need, or install it yourself")
    return found


def work_folder(name: str) -> Path:
    """Make a new folder that the server's user owns and may reach (pytest's own folders are closed to it)."""
    folder = Path(tempfile.mkdtemp(prefix=f"flagsvc-{name}-"))
    if os.geteuid() == 0:
        user = pwd.getpwnam("nobody")
        os.chown(folder, user.pw_uid, user.pw_gid)
    return folder


def mortal(death: str) -> list[str]:
    """Words put before a command: it gets the signal `death` when the tests die, by SIGKILL too."""
    return [program("setpriv"), f"--pdeathsig={death}"]


def ordinary(death: str) -> list[str]:
    """Words put before a command: as `mortal`, and it runs without root's rights."""
    drop = ["--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.geteuid() == 0 else []
    return [*mortal(death), *drop]


class Child:
    """One server process in its own session; `start` returns when `ready` says that *this* process answers."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.folder = work_folder(name)
        self.log = self.folder / "output.log"
        self._process: subprocess.Popen[bytes] | Forked | None = None

    @property
    def pid(self) -> int:
        """Process id of the running server."""
        if self._process is None:
            raise NotStarted(f"{self.name} was not started")
        return self._process.pid

    @property
    def alive(self) -> bool:
        """True while the process that was started has not ended."""
        return self._process is not None and self._process.poll() is None

    def spawn(
        self, command: Sequence[str], ready: Callable[[], bool], environment: Mapping[str, str] | None = None
    ) -> None:
        """Start `command` and wait until it is ready; raises NotStarted when it ends or takes too long."""
        with self.log.open("ab") as output:
            started = subprocess.Popen(
                command, cwd=self.folder, env=environment, stdin=subprocess.DEVNULL,
                stdout=output, stderr=output, start_new_session=True,
            )  # fmt: skip
        self.adopt(started, ready)

    def adopt(self, started: subprocess.Popen[bytes] | Forked, ready: Callable[[], bool]) -> None:
        """Take a process that was started for us; else as `spawn`."""
        self._process = started
        deadline = time.monotonic() + READY_SECONDS
        while not (self.alive and ready()):
            if not self.alive or time.monotonic() > deadline:
                self.kill()
                raise NotStarted(f"{self.name} is not ready:\n{self.output()[-2000:]}")
            time.sleep(POLL_SECONDS)
        if shared := shared_ports(started.pid):
            self.kill()
            raise NotStarted(f"{self.name}: address already in use by another process as well: {shared}")

    def output(self) -> str:
        """Everything the server has printed."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def stop(self, number: signal.Signals = signal.SIGTERM, seconds: float = STOP_SECONDS) -> int | None:
        """End the server politely and return its exit code; kills it when it does not go in time."""
        if not self.alive or self._process is None:
            return None
        self._process.send_signal(number)
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return None

    def kill(self) -> None:
        """SIGKILL for the server and everything it started; returns when all of them are gone."""
        if not self.alive or self._process is None:
            return
        _signal(self.pid, signal.SIGSTOP)  # from here on it starts nobody
        family = [*_descendants(self.pid), self.pid]
        for pid in family:
            _signal(pid, signal.SIGKILL)
        self._process.wait(STOP_SECONDS)
        eventually(lambda: not any(map(_runs, family)), f"the end of {self.name}")

    def pause(self) -> None:
        """Freeze the server: its ports accept connections, and nothing answers."""
        self._signal_all(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a frozen server go on."""
        self._signal_all(signal.SIGCONT)

    def signal_child(self, pid: int, number: signal.Signals) -> None:
        """Send a signal to a process that the server has started; fails for any other."""
        assert pid in set(_descendants(self.pid)), f"{pid} is none of {self.name}'s"
        _signal(pid, number)

    def close(self) -> None:
        """Stop the server and remove its folder."""
        if self.alive:
            self.resume()
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _signal_all(self, number: signal.Signals) -> None:
        for pid in [*_descendants(self.pid), self.pid]:
            _signal(pid, number)


def listens(pid: int, port: int) -> bool:
    """Whether this very process has the port: one of its open files is the listening socket (proc(5), net/tcp)."""
    opened = _open_sockets(pid)  # none while it is only being read: then the long table need not be
    return bool(opened and opened & _tcp_sockets(lambda row: row[3] == "0A" and row[1].endswith(f":{port:04X}")))


def shared_ports(pid: int) -> set[str]:
    """Give the addresses at which this process listens and another one does, too: SO_REUSEPORT lets both (socket(7)).

    HAProxy, Envoy and Caddy ask for it, and then half of the requests go astray.
    """
    opened = _open_sockets(pid)
    rows = _tcp_rows(lambda row: row[3] == "0A")
    return {row[1] for row in rows if _name(row) in opened} & {row[1] for row in rows if _name(row) not in opened}


def connections(pid: int, port: int) -> set[str]:
    """Give the sockets of this very process that are connected to the port; names are the same in all processes."""
    return _open_sockets(pid) & _tcp_sockets(lambda row: row[3] == "01" and row[2].endswith(f":{port:04X}"))


def _tcp_sockets(wanted: Callable[[list[str]], bool]) -> set[str]:
    return {_name(row) for row in _tcp_rows(wanted)}


def _tcp_rows(wanted: Callable[[list[str]], bool]) -> list[list[str]]:
    rows = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
    return [row for row in rows if wanted(row)]


def _name(row: list[str]) -> str:
    return f"socket:[{row[9]}]"


def _open_sockets(pid: int) -> set[str]:
    found = set()
    try:
        for file in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):  # closed meanwhile
                found.add(str(file.readlink()))
    except OSError:
        return set()
    return {name for name in found if name.startswith("socket:")}


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):  # it ended by itself meanwhile
        os.kill(pid, number)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _descendants(pid: int) -> Iterator[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return
    for child in map(int, children):
        yield child
        yield from _descendants(child)
