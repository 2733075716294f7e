"""Many threads read, compile and change at the same time."""

import json
import sys
import threading
from collections.abc import Iterator

import pytest

from flagsdk.core import Context, Snapshot, evaluate
from tests.core.making import flag, ruled, segment, snapshot, split

THREADS, KEYS = 8, 60
HALF = split({"on": 50_000, "off": 50_000})


@pytest.fixture(autouse=True)
def _impatient() -> Iterator[None]:
    """Switch threads as often as possible."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def _family(default: object = HALF) -> Snapshot:
    parents = [flag(f"p{number}", default=default) for number in range(KEYS)]
    children = [
        ruled({"segment": "s"}, key=f"c{number}", prerequisites=[{"flag": f"p{number}", "variants": ["on"]}])
        for number in range(KEYS)
    ]
    return snapshot(*parents, *children, segments=[segment(included=["ann", "bob"])])


def _run(*works: object) -> list[BaseException]:
    faults: list[BaseException] = []

    def guarded(work: object) -> None:
        try:
            work()  # type: ignore[operator]  # each is a function
        except BaseException as fault:  # noqa: BLE001  # handed to the test
            faults.append(fault)

    threads = [threading.Thread(target=guarded, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return faults


def test_all_threads_get_the_same_compiled_form() -> None:
    loaded = _family()
    barrier = threading.Barrier(THREADS)
    found: list[list[object]] = []

    def read() -> None:
        barrier.wait()
        found.append([loaded.decide[f"c{number}"](Context("ann")) for number in range(KEYS)])

    assert _run(*[read] * THREADS) == []
    assert all(each == found[0] for each in found)
    assert {loaded.decide[f"c{number}"](Context("ann")) for number in range(KEYS)} == set(found[0])


def test_readers_of_any_snapshot_see_that_snapshot() -> None:
    """While one thread changes and others compile lazily, nobody ever mixes two revisions."""
    current, done = _family({"serve": "on"}), threading.Event()
    held = [current]

    def change() -> None:
        for number in range(2, 120):
            serve = {"serve": "on" if number % 2 else "off"}
            edits = {f"flag/p{key}": json.dumps(flag(f"p{key}", default=serve)) for key in range(0, KEYS, 7)}
            held[0] = held[0].apply(number, edits)
        done.set()

    def read() -> None:
        while not done.is_set():
            seen = held[0]
            expected = "on" if seen.revision % 2 else "off"
            for key in range(0, KEYS, 7):
                assert evaluate(seen, f"c{key}", Context("ann")).variant == expected
                assert evaluate(seen, f"p{key}", Context("ann")).variant == expected
            assert evaluate(seen, "c1", Context("ann")).variant == "on"

    assert _run(change, *[read] * 4) == []
