"""Decisions through the public client against the same decisions by hand, bulk, threads, loading and changing.

The client has everything switched on (`benchmarks/switched_on.py`).
Ratios are of one process: each round measures both sides one after the other, the table shows medians over the rounds.
Where one disturbance ruins a whole measurement (many threads, a load as a whole), the table shows the least of the
rounds: a lock or a slow load is in all of them, a neighbour on the machine is not.
`--strict` exits with 1 when a target is missed.
"""

import gc
import json
import sys
import threading
import tracemalloc
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from statistics import median
from time import perf_counter_ns
from typing import Any

from benchmarks.cases import CASES, USERS, documents, rollout, users
from benchmarks.switched_on import client_of
from flagsdk import Context, FlagClient
from flagsdk.core import Snapshot

ROUNDS = 11
FLAGS, BULK, MANY = 1_000, 200, 10_000
THREADS, REPEATS, TRIES = 4, 16, 40
SLICE = 500


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: two measurements in `unit`, or one against a limit."""

    name: str
    ours: float
    reference: float | None
    unit: str
    target: float

    @property
    def judged(self) -> float:
        """What the target is about: the ratio, or the measurement itself."""
        return self.ours / self.reference if self.reference else self.ours

    @property
    def met(self) -> bool:
        """Whether the target is met."""
        return self.judged <= self.target

    def line(self) -> str:
        """Format the row."""
        reference = f"{self.reference:>10.0f}" if self.reference else " " * 10
        judged = f"{self.judged:>7.2f}x" if self.reference else " " * 8
        target = f"≤ {self.target:g}{'x' if self.reference else ' ' + self.unit}"
        ours = f"{self.ours:>10.0f}" if self.reference else f"{self.ours:>10.3g}"
        return f"{self.name:<34}{reference}{ours} {self.unit:<3}{judged}  {target:<10}{'' if self.met else '  MISSED'}"


Getter = Callable[[str, Any, Any], Any]
Measure = Callable[[list[Context]], float]


def main() -> int:
    """Measure everything, print the table."""
    print(f"{'nanoseconds per decision':<34}{'by hand':>10}{'flagsdk':>10}{'ratio':>11}  target")
    rows = []
    for row in measured():
        rows.append(row)
        print(row.line(), flush=True)
    return 1 if "--strict" in sys.argv and not all(row.met for row in rows) else 0


def measured() -> Iterable[Row]:
    """Measure, slowest last."""
    gc.disable()
    with client_of(documents(FLAGS)) as client:
        yield from single_rows(client)
        yield threads_row(client)
    with client_of(documents(BULK)) as client:
        yield bulk_row(client)
    gc.enable()
    yield from snapshot_rows()


TARGETS = (5.0, 1.8, 2.1, 1.8)


def single_rows(client: FlagClient) -> Iterable[Row]:
    """Measure one decision at a time; the cases sit at the keys flag-0 to flag-3."""
    for number, (name, (_, by_hand)) in enumerate(CASES.items()):
        key, hand = f"flag-{number}", by_hand(f"flag-{number}")
        get: Getter = client.get_string if "arms" in name else client.get_boolean
        if [hand(each) for each in users(0)] != [get(key, each, None) for each in users(0)]:
            raise SystemExit(f"{name}: the two sides do not decide alike")
        yield compared(name, partial(over, hand), partial(through, get, key), TARGETS[number])


def compared(name: str, hand: Measure, ours: Measure, target: float, size: int = SLICE) -> Row:
    """Measure both in turns, slice by slice, so that what disturbs one disturbs the other."""
    rounds = []
    for _ in range(ROUNDS):
        mine, theirs = users(0), users(0)
        slices = [slice(start, start + size) for start in range(0, USERS, size)]
        pairs = [(hand(theirs[each]), ours(mine[each])) for each in slices]
        rounds.append((median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)))
    return Row(name, median(each[1] for each in rounds), median(each[0] for each in rounds), "ns", target)


def over(decide: Callable[[Any], Any], contexts: list[Context]) -> float:
    """Nanoseconds per decision, a new user each."""
    start = perf_counter_ns()
    for context in contexts:
        decide(context)
    return (perf_counter_ns() - start) / len(contexts)


def through(get: Getter, key: str, contexts: list[Context]) -> float:
    """Nanoseconds per call of a getter, a new user each."""
    start = perf_counter_ns()
    for context in contexts:
        get(key, context, False)
    return (perf_counter_ns() - start) / len(contexts)


def threads_row(client: FlagClient) -> Row:
    """Make the same calls by one thread and by four; the least of many tries of each."""
    contexts = users(0)
    tries = [(by_threads(client, 1, contexts), by_threads(client, THREADS, contexts)) for _ in range(TRIES)]
    one, four = (min(each) for each in zip(*tries, strict=True))
    return Row("four threads instead of one", four, one, "ns", 1.15)


def by_threads(client: FlagClient, count: int, contexts: list[Context]) -> float:
    """Nanoseconds per call, the same number of calls shared by so many threads."""
    ready = threading.Barrier(count + 1)
    threads = [threading.Thread(target=many, args=(client, contexts[number::count], ready)) for number in range(count)]
    for thread in threads:
        thread.start()
    ready.wait()
    start = perf_counter_ns()
    for thread in threads:
        thread.join()
    return (perf_counter_ns() - start) / len(contexts) / REPEATS


def many(client: FlagClient, contexts: list[Context], ready: threading.Barrier) -> None:
    """Ask a client again and again, once all are ready."""
    get = client.get_boolean
    ready.wait()
    for _ in range(REPEATS):
        for context in contexts:
            get("flag-1", context)


def bulk_row(client: FlagClient) -> Row:
    """Decide all flags for one user at a time."""
    by_hand = [made for _, made in CASES.values()]
    closures = {f"flag-{number}": by_hand[number % len(by_hand)](f"flag-{number}") for number in range(BULK)}

    def hand(contexts: list[Context]) -> float:
        few = contexts[:: len(contexts) // 10]
        start = perf_counter_ns()
        for context in few:
            {key: decide(context) for key, decide in closures.items()}
        return (perf_counter_ns() - start) / BULK / len(few)

    def ours(contexts: list[Context]) -> float:
        few = contexts[:: len(contexts) // 10]
        start = perf_counter_ns()
        for context in few:
            client.evaluate_all(context)
        return (perf_counter_ns() - start) / BULK / len(few)

    return compared(f"each flag of a bulk call over {BULK}", hand, ours, 1.0)


def snapshot_rows() -> Iterable[Row]:
    """Ten thousand flags: load, keep, change."""
    texts = documents(MANY)
    loads = [seconds(lambda: Snapshot.load("benchmark", "epoch", 1, texts)) for _ in range(ROUNDS)]
    yield Row(f"load {MANY:,} flags", min(loads), None, "s", 0.1)
    tracemalloc.start()
    copies = {name: text + " " for name, text in texts.items()}
    before = tracemalloc.get_traced_memory()[0]
    snapshot = Snapshot.load("benchmark", "epoch", 1, copies)
    kept = (tracemalloc.get_traced_memory()[0] - before + sum(map(sys.getsizeof, copies.values()))) / 1e6
    tracemalloc.stop()
    yield Row(f"keep {MANY:,} flags", kept, None, "MB", 20)
    for key in snapshot.keys("flag"):
        snapshot.decide[key](Context("user-1"))
    yield Row(f"one change to {MANY:,} flags", min(changes(snapshot)) * 1e3, None, "ms", 1.0)


def changes(snapshot: Snapshot) -> Iterable[float]:
    """Seconds of each of a row of changes, every flag compiled."""
    for number in range(ROUNDS * 3):
        text = json.dumps(rollout("flag-1") | {"name": f"change {number}"})
        start = perf_counter_ns()
        snapshot = snapshot.apply(number + 2, {"flag/flag-1": text})
        yield (perf_counter_ns() - start) / 1e9


def seconds(work: Callable[[], object]) -> float:
    """Time one call."""
    start = perf_counter_ns()
    work()
    return (perf_counter_ns() - start) / 1e9


if __name__ == "__main__":
    sys.exit(main())
