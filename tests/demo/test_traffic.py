"""Visitors: they come when they are due, whatever becomes of the others, and each of them is counted once."""

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Self

from examples.demo.tally import Reading, Tally
from examples.demo.traffic import AT_ONCE, Traffic
from tests.support.timing import eventually

PAGE = b"HTTP/1.1 200 OK\r\nX-Version: v1\r\nX-Features: a,b\r\nContent-Length: 2\r\n\r\nok"


class Edge:
    """Answers every connection in one way, from a thread of its own."""

    def __init__(self, way: str) -> None:
        self._way = way
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="edge")
        self.connections = 0

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(5)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._serve, "127.0.0.1", 0)

    async def _end(self) -> None:
        self._server.close()
        own = asyncio.current_task()
        others = [task for task in asyncio.all_tasks() if task is not own]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                if self._way == "silent":
                    await asyncio.sleep(60)
                if self._way == "cut off":
                    break
                writer.write(PAGE)
                if self._way == "closing":
                    break
        except (OSError, EOFError):
            pass
        finally:
            writer.close()


def visited(way: str, per_second: float, enough: Callable[[Reading], bool]) -> tuple[Reading, Edge]:
    tally = Tally()
    with Edge(way) as edge, Traffic(edge.port, per_second, tally):
        eventually(lambda: enough(tally.read(time.time())), "visits")
    return tally.read(time.time()), edge


def test_visits_are_counted_with_version_and_flags_over_few_connections() -> None:
    reading, edge = visited("well", 100, lambda reading: reading.total >= 150 and reading.visits > 0)

    assert reading.unanswered == reading.unsent == 0
    assert set(reading.history) == {"v1"}
    assert set(reading.features) == {("a", "v1"), ("b", "v1")}
    assert edge.connections < 50


def test_a_connection_that_was_closed_meanwhile_costs_no_visit() -> None:
    reading, edge = visited("closing", 100, lambda reading: reading.total >= 60)

    assert reading.unanswered == 0
    assert edge.connections >= 60


def test_an_answer_that_never_comes_is_counted_as_such() -> None:
    reading, _ = visited("cut off", 100, lambda reading: reading.total >= 30)

    assert reading.unanswered == reading.total


def test_a_silent_edge_is_asked_by_so_many_at_once_and_no_more() -> None:
    reading, edge = visited("silent", 400, lambda reading: reading.unsent >= 10)

    assert edge.connections == AT_ONCE
    assert reading.unsent >= 10
