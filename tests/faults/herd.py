"""A thousand SDKs in a few processes, and a meter for what they cost the service."""

import logging
import multiprocessing
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Self

import httpx2

from flagsdk import FlagClient
from tests.support.plain import PLAIN
from tests.support.service import Service

STACK_BYTES = 256 * 1024
PATIENCE_SECONDS = 120.0
LOOK_SECONDS = 0.1
SLACK = 1.2
"""Who is let in is counted when the answer begins, which a busy machine puts off: seconds may get some of the next."""
SNAPSHOTS, CHANGES = "/sdk/v1/snapshot", "/sdk/v1/changes"

Position = tuple[str | None, int | None]


class Herd:
    """`clients` real SDK clients over `processes` processes; nothing starts before `wake`."""

    def __init__(self, url: str, token: str, clients: int, processes: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.clients = clients
        self._ends: list[Connection] = []
        self._processes = []
        for number in range(processes):
            mine, theirs = context.Pipe()
            size = clients // processes + (number < clients % processes)
            self._processes.append(context.Process(target=_graze, args=(theirs, url, token, size), daemon=True))
            self._ends.append(mine)

    def __enter__(self) -> Self:
        for process in self._processes:
            process.start()
        for end in self._ends:
            end.recv()
        return self

    def __exit__(self, *_: object) -> None:
        for end in self._ends:
            end.send("end")
        for process in self._processes:
            process.join(30)

    def wake(self) -> None:
        """Let every client connect, now."""
        self._ask("wake")

    def positions(self) -> Counter[Position]:
        """How many clients hold which revision."""
        return sum(self._ask("positions"), Counter())

    def seconds_until(self, revision: int, patience: float = PATIENCE_SECONDS) -> float:
        """Wait until every client holds the revision, or a later one; gives the seconds, infinite for too many."""
        began = time.monotonic()
        while time.monotonic() - began < patience:
            held = self.positions()
            if all(number is not None and number >= revision for _, number in held):
                return time.monotonic() - began
            time.sleep(LOOK_SECONDS)
        return float("inf")

    def _ask(self, question: str) -> list[Counter[Position]]:
        for end in self._ends:
            end.send(question)
        return [end.recv() for end in self._ends]


def _graze(end: Connection, url: str, token: str, size: int) -> None:
    """Hold some clients, and answer what is asked of them."""
    logging.disable(logging.CRITICAL)
    threading.stack_size(STACK_BYTES)
    clients = [FlagClient(url=url, token=token) for _ in range(size)]
    end.send("made")
    while (question := end.recv()) != "end":
        if question == "wake":
            for client in clients:
                client.wait_ready(0)
        end.send(Counter((client.status.epoch, client.status.revision) for client in clients))


@dataclass
class Meter:
    """Looks at the service's own counters all the time, from `metered` to its end."""

    looks: list[tuple[float, float, dict[tuple[str, str], float]]] = field(default_factory=list)

    def total(self, route: str, status: str) -> float:
        """How many requests were answered so, in all."""
        return self.looks[-1][2].get((route, status), 0.0) if self.looks else 0.0

    def most_per_second(self, route: str, status: str) -> float:
        """Give a number that some second has surely seen: two looks at most a second apart, and what came between."""
        most, first = 0.0, 0
        for _, ended, counts in self.looks:
            while ended - self.looks[first][0] > 1:
                first += 1
            before = self.looks[first][2] if self.looks[first][1] <= ended else counts
            most = max(most, counts.get((route, status), 0.0) - before.get((route, status), 0.0))
        return most


@contextmanager
def metered(service: Service) -> Iterator[Meter]:
    """Meter a service; one that does not answer yet is asked again."""
    meter, ended = Meter(), threading.Event()
    with ExitStack() as stack:
        watching = threading.Thread(target=_watch, args=(service, meter, ended), daemon=True)
        watching.start()
        stack.callback(watching.join)
        stack.callback(ended.set)
        yield meter
        time.sleep(3 * LOOK_SECONDS)


def _watch(service: Service, meter: Meter, ended: threading.Event) -> None:
    with httpx2.Client(base_url=service.url, trust_env=False, verify=PLAIN, timeout=30) as client:
        while not ended.wait(LOOK_SECONDS):
            asked = time.monotonic()
            try:
                text = client.get("/metrics").text
            except httpx2.HTTPError:
                meter.looks.clear()  # the counters of a new process begin again
                continue
            meter.looks.append((asked, time.monotonic(), counts_of(text)))


def counts_of(text: str) -> dict[tuple[str, str], float]:
    """Read (route, status) → requests out of the metrics."""
    found: Counter[tuple[str, str]] = Counter()
    for line in text.splitlines():
        if line.startswith("flagsvc_http_requests_total{"):
            labels, _, value = line.partition("{")[2].rpartition("} ")
            named = dict(label.split("=", 1) for label in labels.split(","))
            found[named["route"].strip('"'), named["status"].strip('"')] += int(float(value))
    return {key: float(number) for key, number in found.items()}
