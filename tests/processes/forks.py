"""A program that forks while its client is as busy as it can be: threads read, listen and override, another one loads.

Prints the first child that failed, and the number of those that did not. Usage: … -m tests.processes.forks N
"""

import sys
import threading
import time
from typing import Any

from flagsdk import FlagClient
from flagsdk.sources import Resync
from flagsdk.wire import Change, Position, Whole
from tests.processes.children import Report, forked
from tests.processes.report import report
from tests.sdk.documents import flag, texts, whole

SECONDS = 10.0


class Busy:
    """A source that changes at each question: the thread compiles and installs without a pause. It takes no lock."""

    name = "busy"
    patience = 0.01

    def __init__(self) -> None:
        self._revision = 0

    def load(self) -> Whole:
        self._revision += 1
        return whole(texts(flag("a"), flag("n", "integer", variants={"on": self._revision, "off": 0})), self._revision)

    def follow(self, position: Position) -> list[Change] | Resync | None:
        return Resync("something new", self.load())

    def close(self) -> None:
        pass


client = FlagClient(Busy())


def _use(ended: threading.Event) -> None:
    while not ended.is_set():
        client.is_enabled("a", {"targetingKey": "7"})
        client.usage()
        client.on_change(["n"], lambda _: None)()
        with client.override(a=False):
            assert client.is_enabled("a") is False


def _live() -> Report:
    """All that a child may do, the reading first."""
    first, held = report(client), client.get_integer("n")
    deadline = time.monotonic() + SECONDS
    while client.get_integer("n") <= held and time.monotonic() < deadline:
        time.sleep(0.001)
    heard = threading.Event()
    remove = client.on_change(None, lambda _: heard.set())
    with client.override(a=False):
        overridden = client.is_enabled("a")
    answer = {
        "at once": first["value"],
        "follows": client.get_integer("n") > held,
        "hears": heard.wait(SECONDS),
        "threads": report(client)["threads"],
        "overridden": overridden,
        "used": sum(client.usage().values()) > 0,
    }
    remove()
    client.close()
    return answer | {"state": client.status.state}


GOOD: dict[str, Any] = {
    "at once": True,
    "follows": True,
    "hears": True,
    "threads": 1,
    "overridden": False,
    "used": True,
    "state": "closed",
}


def main(times: int) -> None:
    """Fork so many times."""
    assert client.wait_ready(SECONDS)
    ended = threading.Event()
    users = [threading.Thread(target=_use, args=(ended,)) for _ in range(3)]
    for user in users:
        user.start()
    answers: list[tuple[int, Report]] = []
    while len(answers) < times and all(answer == (0, GOOD) for answer in answers[-1:]):
        answers.append(forked(_live))
    ended.set()
    for user in users:
        user.join(SECONDS)
    for bad in (answer for answer in answers if answer != (0, GOOD)):
        sys.stdout.write(f"{bad}\n")
    sys.stdout.write(f"{answers.count((0, GOOD))}\n")
    client.close()


if __name__ == "__main__":
    main(int(sys.argv[1]))
