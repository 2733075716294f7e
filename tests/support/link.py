"""A link between a client and a server that a test bends at will: a TCP proxy in a thread of its own.

What is held back is not lost: it goes on when the fault ends, as TCP sends again what a broken network has swallowed.
"""

import asyncio
import socket
import struct
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal, Self

SIZE = 64 * 1024
CONTROL_SECONDS = 30.0
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER for no time: closing sends a reset (socket(7))


@dataclass(frozen=True)
class Way:
    """What happens to the bytes of one direction. Offsets count, per connection, from when the fault began."""

    held: bool = False
    delay_seconds: float = 0.0
    """Before each piece."""
    piece: int = 0
    """The most bytes that are passed on at once, 0 = as they come."""
    flip_at: int | None = None
    """Offset of a byte whose lowest bit is turned over."""
    cut_after: int | None = None
    """After so many bytes the connection ends, both ways."""
    cut: Literal["reset", "close"] = "reset"

    def bent(self, data: bytes, offset: int) -> bytes:
        """Give the bytes as they arrive, `offset` bytes after the fault began."""
        place = -1 if self.flip_at is None else self.flip_at - offset
        if not 0 <= place < len(data):
            return data
        return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]

    def room(self, offset: int) -> int:
        """How many bytes may pass at once now; 0 when the connection has to end."""
        left = SIZE if self.cut_after is None else max(0, self.cut_after - offset)
        return min(left, self.piece or SIZE)


@dataclass(frozen=True)
class Fault:
    """What is wrong with a link. The door: new connections pass, are refused, or are never answered."""

    up: Way = field(default_factory=Way)  # client → server
    down: Way = field(default_factory=Way)  # server → client
    door: Literal["open", "closed", "mute"] = "open"


PASS = Fault()
HOLE = Fault(Way(held=True), Way(held=True))
REFUSE = Fault(door="closed")
MUTE = Fault(Way(held=True), Way(held=True), "mute")


class _Pair:
    """One connection of a client, and the one that was opened to the server for it."""

    def __init__(self, client: asyncio.StreamWriter) -> None:
        self.client = client
        self.server: asyncio.StreamWriter | None = None
        self.orphan = False

    def reset(self) -> None:
        """End both sides at once, with a reset."""
        for writer in (self.client, self.server):
            if writer is not None:
                _reset(writer)

    def close(self) -> None:
        """End both sides in order: what was passed on still arrives."""
        for writer in (self.client, self.server):
            if writer is not None:
                writer.close()


class Link:
    """Listens on `port` of loopback and passes everything on to `target`, as the fault in force allows."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.fault = PASS
        self._holder = socket.socket()  # bound and never listening: the port stays ours while connections are refused
        self._holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._holder.bind(("127.0.0.1", 0))
        self.port = int(self._holder.getsockname()[1])
        self.accepted = 0
        self._pairs: set[_Pair] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._listener: socket.socket | None = None
        self._ended = False
        self._loop = asyncio.new_event_loop()
        self._changed = asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_forever, name=f"link {self.port}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self.heal()
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._holder.close()

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return len(self._pairs)

    def set(self, fault: Fault) -> None:
        """Put a fault in force, for connections that are open, too; it holds when this returns."""
        self._do(self._set(fault))

    def heal(self) -> None:
        """Let everything pass again."""
        self.set(PASS)

    def cut(self) -> None:
        """Reset every connection that is open."""
        self._do(self._each(_Pair.reset))

    def half_open(self) -> None:
        """Take the server away from every open connection; the clients are not told, and hear nothing more."""
        self._do(self._each(_abandon))

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(CONTROL_SECONDS)

    def _listen(self) -> None:
        """Accept by hand: a server of asyncio that is closed loses a connection that it has just accepted."""
        listener = socket.create_server(("127.0.0.1", self.port))
        listener.settimeout(0)
        self._loop.add_reader(listener, self._accept, listener)
        self._listener = listener

    def _close(self) -> None:
        if self._listener:
            self._loop.remove_reader(self._listener)
            self._listener.close()
            self._listener = None

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):  # gone again already
            client, _ = listener.accept()
            self.accepted += 1
            task = self._loop.create_task(self._pass(client))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _set(self, fault: Fault) -> None:
        self.fault = fault
        self._changed.set()
        self._changed = asyncio.Event()
        if fault.door == "closed" and self._listener:
            self._close()
            await self._each(_Pair.reset)
        elif fault.door != "closed" and self._listener is None:
            self._listen()

    async def _each(self, what: Callable[[_Pair], None]) -> None:
        for pair in list(self._pairs):
            what(pair)
        await asyncio.sleep(0)

    async def _end(self) -> None:
        self._close()
        self._ended = True
        self._changed.set()
        while tasks := list(self._tasks):  # some end while the others are reset
            await self._each(_Pair.reset)
            await asyncio.wait(tasks, timeout=0.01)

    async def _pass(self, client: socket.socket) -> None:
        reader, writer = await asyncio.open_connection(sock=client)
        pair = _Pair(writer)
        self._pairs.add(pair)
        try:
            await self._serve(pair, reader)
        finally:
            self._pairs.discard(pair)
            pair.close()

    async def _serve(self, pair: _Pair, reader: asyncio.StreamReader) -> None:
        with suppress(OSError):  # whatever the client sees of it, it sees
            while self.fault.door == "mute" and not self._ended:
                await self._changed.wait()
            from_server, pair.server = await asyncio.open_connection("127.0.0.1", self.target)
            up = asyncio.create_task(self._pump(pair, reader, pair.server, lambda: self.fault.up))
            down = asyncio.create_task(self._pump(pair, from_server, pair.client, lambda: self.fault.down))
            try:
                await asyncio.wait([up, down], return_when=asyncio.FIRST_COMPLETED)
                while pair.orphan and not up.done():
                    await asyncio.wait([up])
            finally:
                for pump in (up, down):
                    pump.cancel()
                await asyncio.gather(up, down, return_exceptions=True)

    async def _pump(
        self, pair: _Pair, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way_in_force: Callable[[], Way]
    ) -> None:
        """Pass on what is read until one side ends; the end itself is held back like everything else."""
        way, offset = way_in_force(), 0
        while True:
            data = await reader.read(SIZE)
            while True:
                if way_in_force() is not way:
                    way, offset = way_in_force(), 0
                if way.held and not self._ended:
                    await self._changed.wait()
                    continue
                if not data or pair.orphan:
                    break
                size = way.room(offset)
                if not size:
                    pair.reset() if way.cut == "reset" else pair.close()
                    return
                await asyncio.sleep(way.delay_seconds)
                writer.write(way.bent(data[:size], offset))
                await writer.drain()
                offset, data = offset + min(size, len(data)), data[size:]
            if reader.at_eof():
                return


def _reset(writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()


def _abandon(pair: _Pair) -> None:
    pair.orphan = True
    if pair.server is not None:
        pair.server.transport.abort()
