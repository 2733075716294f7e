"""Many writers at once: no lost update, no gap, no circle closed from two sides, and no busy database to be seen."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from flagsvc.domain.errors import Exists, Invalid, Refused, StaleRevision
from flagsvc.store import SqlStore
from flagsvc.usecases import documents
from tests.usecases.world import World, flag, split

WRITERS = 8


def _together(*works: Callable[[], object]) -> list[object]:
    """Run functions at the same moment; a refusal is a result."""
    start = threading.Barrier(len(works))

    def run(work: Callable[[], object]) -> object:
        start.wait()
        try:
            return work()
        except Refused as refusal:
            return refusal

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


@pytest.fixture
def world(store: SqlStore) -> World:
    return World(store)


def test_no_update_is_lost(world: World) -> None:
    """Writers that each read, add their unit and write with the version they read: every unit is there in the end."""
    world.segment("crowd", included=["nobody"])
    ref = flag("crowd")._replace(kind="segment")

    def join(unit: str) -> Callable[[], None]:
        def work() -> None:
            while True:
                found = documents.get_document(world.store, ref)
                body = {**found.document, "included": [*found.document["included"], unit]}
                try:
                    documents.put_document(world.store, world.intent(expected=found.version), ref, body)
                except StaleRevision:
                    continue
                return

        return work

    units = [f"unit-{number}" for number in range(WRITERS)]
    assert _together(*map(join, units)) == [None] * WRITERS
    assert sorted(world.get(ref)["included"]) == ["nobody", *units]
    assert world.revision() == 1 + WRITERS
    assert world.verified()


def test_writers_never_see_a_busy_database(world: World) -> None:
    """Writes to several environments at once all succeed, and each history is gapless."""
    for environment in ("dev", "prod"):
        world.split(environment=environment)

    def ramp(writer: int) -> Callable[[], None]:
        def work() -> None:
            for step in range(5):
                ref = split(environment="prod" if writer % 2 else "dev")
                canary = (writer * 5 + step + 1) * 1000
                world.weigh(ref, {"stable": 100_000 - canary, "canary": canary})

        return work

    assert _together(*map(ramp, range(WRITERS))) == [None] * WRITERS
    assert (world.revision("dev"), world.revision("prod")) == (1 + WRITERS // 2 * 5, 1 + WRITERS // 2 * 5)
    assert world.verified()


def test_one_of_two_creators_wins(world: World) -> None:
    """The same key created twice at once exists once; the other one is told."""
    results = _together(world.segment, world.segment, world.flag, world.flag)

    assert [isinstance(result, Exists) for result in results].count(True) == 2
    assert world.revision() == 2
    assert world.verified()


def test_two_edits_cannot_close_a_circle(world: World) -> None:
    """A waits for b and b waits for a, written at the same moment: the second sees the first and is refused."""
    world.flag("a")
    world.flag("b")

    def wait_for(key: str, parent: str) -> Callable[[], object]:
        return lambda: world.merge(flag(key), {"prerequisites": [{"flag": parent, "variants": ["on"]}]})

    results = _together(wait_for("a", "b"), wait_for("b", "a"))

    refused = [result for result in results if isinstance(result, Invalid)]
    assert len(refused) == 1
    assert refused[0].faults[0].pointer.startswith("/prerequisites/0")
    assert world.verified()


def test_two_segments_cannot_close_a_circle(world: World) -> None:
    """The same with segments inside segments."""
    world.segment("a")
    world.segment("b")

    def contain(key: str, other: str) -> Callable[[], object]:
        ref = flag(key)._replace(kind="segment")
        return lambda: world.merge(ref, {"when": {"segment": other}})

    results = _together(contain("a", "b"), contain("b", "a"))
    assert [isinstance(result, Invalid) for result in results].count(True) == 1


def test_readers_see_whole_changes_only(world: World) -> None:
    """A reader beside a writer of two documents per change always sees both or neither."""
    world.flag()
    done = threading.Event()
    torn: list[object] = []

    def read() -> None:
        while not done.is_set():
            with world.store.reading() as view:
                head = view.head("prod")
                whole = view.whole("prod")
            if whole is None or head is None or whole.revision != head.revision:
                torn.append(whole)

    def write() -> None:
        for number in range(20):
            world.segment(f"s{number}")
        done.set()

    _together(read, write)
    assert torn == []
