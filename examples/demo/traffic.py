"""Visitors: some two hundred requests a second at the edge, sent when they are due, whatever became of the others."""

import asyncio
import random
import threading
import time
from collections import deque
from typing import Self

from examples.demo.tally import Tally, Visit

USERS = 1_000
AT_ONCE = 64
"""More requests than that on their way: those that are due meanwhile are not sent, and counted as such."""
PATIENCE_SECONDS = 5.0
TICK_SECONDS = 0.01

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Traffic:
    """Sends requests from a thread of its own until it is closed; each visitor keeps their id."""

    def __init__(self, port: int, per_second: float, tally: Tally, *, host: str = "127.0.0.1") -> None:
        self._host, self._port = host, port
        self._per_second = per_second
        self._tally = tally
        self._idle: deque[Connection] = deque()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="visitors", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    async def _run(self) -> None:
        began, sent = time.monotonic(), 0
        async with asyncio.TaskGroup() as under_way:
            tasks: set[asyncio.Task[None]] = set()
            while not self._ended.is_set():
                due = int((time.monotonic() - began) * self._per_second) - sent
                for _ in range(due):
                    self._send(under_way, tasks)
                sent += due
                await asyncio.sleep(TICK_SECONDS)
            for task in tasks:
                task.cancel()
        while self._idle:
            self._idle.pop()[1].close()

    def _send(self, under_way: asyncio.TaskGroup, tasks: set[asyncio.Task[None]]) -> None:
        if len(tasks) >= AT_ONCE:
            self._tally.skip()
            return
        task = under_way.create_task(self._visit(f"user-{random.randrange(USERS)}"))  # noqa: S311  # whoever comes
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    async def _visit(self, user: str) -> None:
        sent = time.time()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                head = await self._asked(user)
        except (OSError, EOFError, TimeoutError, asyncio.LimitOverrunError):
            self._tally.add(Visit(sent=sent, user=user))
            return
        self._tally.add(_visit(sent, user, head))

    async def _asked(self, user: str) -> dict[str, str]:
        """Ask on a connection that is open, and once more on a new one where that had been closed meanwhile."""
        if self._idle:
            try:
                return await self._exchange(self._idle.pop(), user)
            except (OSError, EOFError):
                pass
        return await self._exchange(await asyncio.open_connection(self._host, self._port), user)

    async def _exchange(self, connection: Connection, user: str) -> dict[str, str]:
        reader, writer = connection
        try:
            writer.write(f"GET / HTTP/1.1\r\nHost: shop.example\r\nX-User-Id: {user}\r\n\r\n".encode())
            head = _parsed(await reader.readuntil(b"\r\n\r\n"))
            await reader.readexactly(int(head.get("content-length", "0")))
        except BaseException:
            writer.close()
            raise
        if head.get("connection") == "close":
            writer.close()
        else:
            self._idle.append(connection)
        return head


def _parsed(head: bytes) -> dict[str, str]:
    first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    return {"status": first.split(" ")[1], **{name.lower(): value.strip() for name, _, value in pairs}}


def _visit(sent: float, user: str, head: dict[str, str]) -> Visit:
    features = frozenset(filter(None, head.get("x-features", "").split(",")))
    return Visit(sent=sent, user=user, status=int(head["status"]), version=head.get("x-version", ""), features=features)
