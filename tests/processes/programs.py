"""Programs that a test starts: each prints reports as lines of JSON, and reads "go" when the flag was turned.

Usage: python -m tests.processes.programs NAME
"""

import asyncio
import json
import multiprocessing
import sys
from collections.abc import Callable
from typing import Any

NAME = sys.argv[1] if len(sys.argv) > 1 else ""
if NAME.startswith("gevent"):
    from gevent import monkey

    monkey.patch_all()

from flagsdk import AsyncFlagClient, FlagClient  # noqa: E402 - after the patches
from tests.processes.children import awaited  # noqa: E402
from tests.processes.report import report  # noqa: E402

client = FlagClient.from_env()


def say(answer: Any) -> None:
    """Print one report."""
    sys.stdout.write(f"{json.dumps(answer)}\n")
    sys.stdout.flush()


def go() -> None:
    """Wait for the test."""
    assert sys.stdin.readline() == "go\n"


def _work(box: Any) -> None:
    """Run in a child of multiprocessing: fork has the client already, the others have just made theirs."""
    if multiprocessing.get_start_method() != "fork":
        client.wait_ready(30)
    box.put(report(client))
    box.put(awaited(client, value=False))


def children() -> None:
    """Start two children by one of multiprocessing's methods, after the client was used."""
    multiprocessing.set_start_method(NAME.partition("-")[2])
    context = multiprocessing.get_context()
    assert client.wait_ready(30)
    say(report(client))
    box: Any = context.Queue()
    workers = [context.Process(target=_work, args=(box,)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for _ in workers:
        say(box.get(timeout=60))
    go()
    for _ in workers:
        say(box.get(timeout=60))
    for worker in workers:
        worker.join(30)
    say([worker.exitcode for worker in workers])


def uvloop() -> None:
    """Read in tasks of a uvloop while the thread follows; waiting and closing keep the loop free."""
    import uvloop as loops  # noqa: PLC0415 - the others do without

    loops.run(_tasks())


async def _tasks() -> None:
    async with AsyncFlagClient.from_env() as flags:
        say(report(flags))
        await asyncio.to_thread(go)
        readers = [asyncio.create_task(_off(flags)) for _ in range(10)]
        await asyncio.wait_for(asyncio.gather(*readers), 60)
        say(report(flags))


async def _off(flags: AsyncFlagClient) -> None:
    while flags.is_enabled("a"):  # noqa: ASYNC110 - it is the getter that is to find out
        await asyncio.sleep(0.01)


def greenlets() -> None:
    """Read in greenlets of a patched program, in which the client's thread is one of them."""
    import gevent  # noqa: PLC0415 - the others do without

    assert client.wait_ready(30)
    say(report(client))
    go()
    reading = [gevent.spawn(awaited, client, value=False) for _ in range(10)]
    gevent.joinall(reading, timeout=60)
    assert len({task.value["pid"] for task in reading}) == 1
    say(reading[0].value)


PROGRAMS: dict[str, Callable[[], None]] = {
    "children-fork": children,
    "children-forkserver": children,
    "children-spawn": children,
    "uvloop": uvloop,
    "gevent": greenlets,
}

if __name__ == "__main__":
    PROGRAMS[NAME]()
    client.close()
