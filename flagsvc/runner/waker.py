"""The waker: listens to the environments' streams in Redis, only to learn that there is something to read elsewhere."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import redis

from flagsdk.wire import names
from flagsvc.runner.loop import Loop
from flagsvc.runner.redis_client import connect

BLOCK_MS = 1000
IDLE_SECONDS = 0.2
_START = b"0-0"


class Waker:
    """Calls `wake(environment)` when another replica has published a change of one of `environments()`.

    What the stream says is not used: it may be lost, late or wrong, and whoever is woken asks the store.
    """

    def __init__(self, url: str, environments: Callable[[], Sequence[str]], wake: Callable[[str], None]) -> None:
        self._redis = connect(url)
        self._environments = environments
        self._wake = wake
        self._last: dict[str, bytes] = {}
        self._loop = Loop("redis waker", self._turn, 0.0)

    def start(self) -> None:
        """Begin to listen."""
        self._loop.start()

    def stop(self) -> None:
        """Stop listening."""
        self._loop.stop(seconds=0.1)
        self._redis.connection_pool.disconnect()

    def _turn(self) -> None:
        streams = {names(environment).changes: environment for environment in self._environments()}
        if not streams:
            time.sleep(IDLE_SECONDS)
            return
        try:
            self._listen(streams)
        except redis.RedisError as error:
            raise ConnectionError(str(error)) from error

    def _listen(self, streams: Mapping[str, str]) -> None:
        after: Any = {name: self._last.get(name) or self._newest(name) for name in streams}
        answer: Any = self._redis.xread(after, block=BLOCK_MS, count=64)
        # A stream that began anew has lower ids than were seen: after a silence, look where each one ends now.
        ends = {raw.decode(): entries[-1][0] for raw, entries in answer} or {
            name: self._newest(name) for name in streams
        }
        self._last = after | ends
        for name, end in ends.items():
            if end != after[name]:
                self._wake(streams[name])

    def _newest(self, name: str) -> bytes:
        newest: Any = self._redis.xrevrange(name, count=1)
        return newest[0][0] if newest else _START
