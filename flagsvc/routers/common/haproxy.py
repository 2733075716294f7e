"""HAProxy's runtime API: commands as text over a UNIX socket or TCP, one connection each; failures are RouterErrors."""

import csv
import re
import socket
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TypeVar

from flagsvc.domain.routing.errors import RouterError
from flagsvc.routers.common.several import of_each
from flagsvc.routers.common.understanding import understood

CONNECT_SECONDS, TALK_SECONDS = 1.0, 5.0
MAX_COMMAND_BYTES = 15_000
"""HAProxy's buffer has 16,384 bytes unless it was set otherwise; what is longer it drops, and says nothing."""
MAX_ANSWER_BYTES = 64 * 1024 * 1024
MAX_NODES = 32

REFUSALS = {
    "No such server": "name the servers as HAProxy's configuration does",
    "No such table": "name a backend that has a stick-table, or leave clear_table out",
    "Can't find backend": "name the backend as HAProxy's configuration does",
    "Unknown map identifier": "name the map exactly as HAProxy's configuration does",
    "Permission denied": "the socket needs `level admin`",
    "static LB algorithm": "add `hash-type consistent` to the backend, or balance it by roundrobin or random",
    "Unknown command": "HAProxy has to be 2.4 or newer",
}
"""What HAProxy says when somebody has to change something, and what that is."""
OUTRUN = "Version number"
"""How it begins to say that a map was replaced by somebody else meanwhile."""
NAME = re.compile(r"[A-Za-z0-9_.:-]{1,200}")

T = TypeVar("T")


class Talk:
    """Commands to one node, all of them within `TALK_SECONDS` from the start."""

    def __init__(self, node: str) -> None:
        self.node = node
        self._deadline = time.monotonic() + TALK_SECONDS

    def ask(self, command: str) -> str:
        """Send a command, with its payload if it has one, and give the answer, which may be the text of an error."""
        content = command.encode() + b"\n"
        if len(content) > MAX_COMMAND_BYTES:
            raise RouterError("a command would be longer than HAProxy's buffer", permanent=True)
        try:
            answer = b"".join(self._exchange(content))
        except TimeoutError as error:
            raise RouterError("no answer in time") from error
        except OSError as error:
            raise RouterError(f"no connection: {error.strerror or error}") from error
        if not answer:
            raise RouterError("it closed without an answer")
        return answer.decode("utf-8", "surrogateescape")

    def tell(self, command: str) -> None:
        """Send commands that answer nothing when they are obeyed; RouterError with what was said otherwise."""
        if said := " ".join(self.ask(command).split()):
            raise refusal(said)

    def _exchange(self, content: bytes) -> Iterator[bytes]:
        size = 0
        with socket.socket(*_family(self.node)) as connection:
            connection.settimeout(min(CONNECT_SECONDS, self._left()))
            connection.connect(_address(self.node))
            connection.settimeout(self._left())
            connection.sendall(content)
            while piece := connection.recv(65_536):
                yield piece
                size += len(piece)
                if size > MAX_ANSWER_BYTES:
                    raise RouterError("the answer is too long")
                connection.settimeout(self._left())

    def _left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


def refusal(said: str) -> RouterError:
    """Make the error for what a node has said, with the fix where there is one."""
    fix = next((fix for words, fix in REFUSALS.items() if words in said), "")
    words = f"HAProxy says {said[:200]!r}"
    return RouterError(f"{words}: {fix}" if fix else words, permanent=bool(fix), conflict=said.startswith(OUTRUN))


def each(nodes: Sequence[str], work: Callable[[Talk], T]) -> dict[str, T]:
    """Do the same at all nodes at once; raises one RouterError that names the nodes where it failed."""
    return of_each({node: Talk(node) for node in nodes}, work)


@understood("HAProxy")
def requests_of(talk: Talk, proxy: str) -> dict[str, int]:
    """Count the requests of a backend's servers since HAProxy's start, and under "BACKEND" those of all of it."""
    answer = talk.ask(f"show stat {proxy}")
    if not answer.startswith("# pxname"):
        raise refusal(answer.strip())
    rows = list(csv.DictReader(answer.removeprefix("# ").strip().splitlines()))
    counted = {row["svname"]: int(row["stot"] or 0) for row in rows if row["svname"] != "FRONTEND"}
    if not counted:
        raise refusal("Can't find backend.")
    return counted


def summed(parts: Collection[Mapping[str, int]]) -> dict[str, int]:
    """Add up counts by name."""
    names = {name for part in parts for name in part}
    return {name: sum(part.get(name, 0) for part in parts) for name in sorted(names)}


def demand_nodes(nodes: Sequence[str]) -> None:
    """Pass for a good list of addresses: paths of UNIX sockets, or HOST:PORT; raises ValueError."""
    if not 0 < len(nodes) <= MAX_NODES or len(set(nodes)) != len(nodes):
        raise ValueError(f"nodes: 1 to {MAX_NODES} different ones")
    for node in nodes:
        if not node.startswith("/") and not node.rpartition(":")[2].isdecimal():
            raise ValueError(f"nodes: {node!r} is neither the full path of a socket nor HOST:PORT")


def demand_names(option: str, names: Collection[str]) -> None:
    """Pass when HAProxy could have these names in its configuration; raises ValueError."""
    for name in names:
        if not NAME.fullmatch(name):
            raise ValueError(f"{option}: {name!r} is no name in HAProxy")


def _family(node: str) -> tuple[socket.AddressFamily, socket.SocketKind]:
    if node.startswith("/"):
        return socket.AF_UNIX, socket.SOCK_STREAM
    return (socket.AF_INET6 if node.startswith("[") else socket.AF_INET), socket.SOCK_STREAM


def _address(node: str) -> str | tuple[str, int]:
    if node.startswith("/"):
        return node
    host, _, port = node.rpartition(":")
    return host.strip("[]"), int(port)
