"""HAProxy for the tests: the server over an example's configuration, and a listener before its API that lies."""

import shutil
import signal
import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self

from tests.support.edge import Places
from tests.support.process import Child, NotStarted, _descendants, free_port, listens, ordinary, program
from tests.support.timing import eventually
from tests.support.tree import ROOT

EXAMPLES = ROOT / "examples" / "haproxy"
MODULE = ROOT / "flagsvc" / "routers" / "edge" / "haproxy" / "bucket.lua"
Way = Callable[[str, bytes], bytes]
FORKED = "New worker"
MAPS = tuple(f"maps/checkout.{part}.map" for part in ("now", "ranges", "units"))


class HaproxyServer(Child):
    """HAProxy (a master and its worker) over a text; relative paths in it are in `folder`, as is its socket.

    `port` is where it has to listen to be ready. `start` again, after `kill`, takes the same configuration.
    """

    def __init__(self, configuration: str, port: int, files: Mapping[str, Path | str] | None = None) -> None:
        super().__init__("haproxy")
        self.port = port
        self.socket = str(self.folder / "haproxy.sock")
        self._write("haproxy.cfg", configuration)
        for name, content in (files or {}).items():
            self._write(name, content)

    def start(self) -> None:
        """Start, and wait until a worker of this very process listens and answers on its socket."""
        words = ["-W", "-C", str(self.folder), "-f", "haproxy.cfg"]
        self.spawn([*ordinary("TERM"), program("haproxy"), *words], self._ready)

    def reload(self) -> None:
        """Let the master start another worker over the files as they are now, and wait until the old one is gone."""
        before = self.worker()
        eventually(lambda: self._asked_to_reload(self.output().count(FORKED)), "another worker of HAProxy")
        eventually(lambda: before not in set(_descendants(self.pid)), "the end of HAProxy's old worker")
        eventually(self._ready, "HAProxy, ready again")

    def _asked_to_reload(self, workers: int) -> bool:
        """Send the signal, and say whether it was heard: a master that has just started does not listen yet."""
        assert self._process is not None
        self._process.send_signal(signal.SIGUSR2)
        deadline = time.monotonic() + 2
        while self.output().count(FORKED) == workers and time.monotonic() < deadline:
            time.sleep(0.01)
        return self.output().count(FORKED) > workers

    def worker(self) -> int:
        """Process id of whoever answers on the socket now."""
        return int(next(line for line in say(self.socket, "show info").splitlines() if line.startswith("Pid: "))[5:])

    def _ready(self) -> bool:
        with suppress(OSError, StopIteration):
            worker = self.worker()
            return worker in set(_descendants(self.pid)) and listens(worker, self.port)
        return False

    def _write(self, name: str, content: Path | str) -> None:
        target = self.folder / name
        target.parent.mkdir(exist_ok=True)
        if isinstance(content, Path):
            shutil.copy(content, target)
        else:
            target.write_text(content)


def say(node: str, command: str) -> str:
    """Say something to the runtime API behind the router's back."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(10)
        connection.connect(node)
        connection.sendall(command.encode() + b"\n")
        return b"".join(iter(lambda: connection.recv(65_536), b"")).decode()


def rendered(example: str, replacements: Mapping[str, str]) -> str:
    """Give an example's configuration with other addresses; each of them has to be there."""
    text = (EXAMPLES / example).read_text()
    for old, new in replacements.items():
        if old not in text:
            raise NotStarted(f"{example} has no {old!r} to replace")
        text = text.replace(old, new)
    return text


def _addresses(port: int, backends: Mapping[str, int]) -> dict[str, str]:
    return {
        "bind 127.0.0.1:8081": f"bind 127.0.0.1:{port}",
        "127.0.0.1:9001": f"127.0.0.1:{backends['stable']}",
        "127.0.0.1:9002": f"127.0.0.1:{backends['canary']}",
    }


def asked(places: Places) -> HaproxyServer:
    """Make HAProxy with examples/haproxy/asked.cfg."""
    servers = "\n".join(f"  server flagsvc{n} 127.0.0.1:{port}" for n, port in enumerate(places.services, 1))
    inner = f"127.0.0.1:{free_port()}"
    text = rendered(
        "asked.cfg",
        {
            **_addresses(places.port, places.backends),
            "  server flagsvc1 127.0.0.1:8080": servers,
            "bind 127.0.0.1:8082": f"bind {inner}",
            "timeout connect 50ms": f"timeout connect {places.limit}",
            "timeout server 50ms": f"timeout server {places.limit}",
        },
    )
    lua = (EXAMPLES / "cohort.lua").read_text()
    for old, new in {"127.0.0.1:8082": inner, "LAST_RESORT = 1000": "LAST_RESORT = 20000"}.items():
        assert old in lua
        lua = lua.replace(old, new)
    return HaproxyServer(text, places.port, {"cohort.lua": lua})


def told(places: Places) -> HaproxyServer:
    """Make HAProxy with examples/haproxy/told.cfg, its maps empty."""
    text = rendered("told.cfg", _addresses(places.port, places.backends))
    return HaproxyServer(text, places.port, {"bucket.lua": MODULE, **dict.fromkeys(MAPS, "")})


def weights(places: Places, more: str = "") -> HaproxyServer:
    """Make HAProxy with examples/haproxy/weights.cfg, and perhaps more after it."""
    return HaproxyServer(rendered("weights.cfg", _addresses(places.port, places.backends)) + more, places.port)


class Lip:
    """Listens on a socket of its own, before the runtime API of `node`, and notes each command that is no question.

    `way` is how a command is passed on: `honest`, or one of the lies below. It may be changed at any time.
    """

    def __init__(self, node: str, folder: Path) -> None:
        self.target = node
        self.address = str(folder / "lip.sock")
        self.way: Way = honest
        self.changing: list[str] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._threads: list[threading.Thread] = []
        self._ended = threading.Event()

    def __enter__(self) -> Self:
        self._listener.bind(self.address)
        self._listener.listen(64)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in (self._thread, *self._threads):
            thread.join(10)

    def _serve(self) -> None:
        with suppress(OSError):  # closed: the test is over
            while True:
                connection, _ = self._listener.accept()
                thread = threading.Thread(target=self._answer, args=(connection,), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _answer(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            command = _command(connection)
            if not command.startswith(b"show "):
                self.changing.append(command.decode())
            answer = self.way(self.target, command)
            if answer == b"?":
                self._ended.wait(10)
            connection.sendall(answer)


def _command(connection: socket.socket) -> bytes:
    """Read one command; one with a payload ends with an empty line."""
    received = b""
    while not received.endswith(b"\n\n" if b"<<\n" in received else b"\n"):
        piece = connection.recv(65_536)
        if not piece:
            break
        received += piece
    return received


def honest(node: str, command: bytes) -> bytes:
    """Pass it on, and the answer back."""
    return say(node, command.decode().removesuffix("\n")).encode()


def yes(node: str, command: bytes) -> bytes:
    """Say yes to every change, and do nothing."""
    return honest(node, command) if command.startswith((b"show ", b"prepare ")) else b"\n"


def half(node: str, command: bytes) -> bytes:
    """Obey the first of several commands in one line."""
    first = command.split(b"; ")[0].rstrip(b"\n")
    return honest(node, first + b"\n") if b"; " in command else honest(node, command)


def empty(node: str, command: bytes) -> bytes:
    """Say yes to entries of a map, and drop them."""
    return b"\n" if command.startswith(b"add map") else honest(node, command)


def overtaken(node: str, command: bytes) -> bytes:
    """Let somebody else replace the map just before."""
    if command.startswith(b"commit "):
        name = command.decode().split()[-1]
        version = say(node, f"prepare map {name}").split()[-1]
        say(node, f"commit map @{version} {name}")
    return honest(node, command)


def late(node: str, command: bytes) -> bytes:
    """Obey, and never say so."""
    answer = honest(node, command)
    return answer if command.startswith(b"show ") else b"?"


def mute(node: str, command: bytes) -> bytes:
    """Never answer anything."""
    return b"?"
