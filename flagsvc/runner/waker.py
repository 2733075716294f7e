"""The waker: listens to the environments' streams in Redis, only to learn that there is something to read elsewhere."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import redis

from flagsdk.wire import names
from flagsvc.runner.loop import Loop
from flagsvc.runner.redis_client import links

BLOCK_MS = 1000
IDLE_SECONDS = 0.2
LOOK_SECONDS = 0.1
"""How often each environment is looked at in a cluster, where no command can wait on several nodes."""
_START = b"0-0"


class Waker:
    """Calls `wake(environment)` when another replica has published a change of one of `environments()`.

    What the stream says is not used: it may be lost, late or wrong, and whoever is woken asks the store.
    """

    def __init__(self, url: str, environments: Callable[[], Sequence[str]], wake: Callable[[str], None]) -> None:
        self._links = links(url)
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
        self._links.disconnect()

    def _turn(self) -> None:
        environments = self._environments()
        if not environments:
            time.sleep(IDLE_SECONDS)
            return
        try:
            self._look_around(environments) if self._links.scattered else self._listen(environments)
        except redis.RedisError as error:
            self._links.disconnect()  # the streams may be elsewhere now
            raise ConnectionError(str(error)) from error

    def _listen(self, environments: Sequence[str]) -> None:
        """Wait at all streams at once."""
        client = self._links.to(environments[0])
        streams = {names(environment).changes: environment for environment in environments}
        after: Any = {name: self._last.get(name) or _newest(client, name) for name in streams}
        answer: Any = client.xread(after, block=BLOCK_MS, count=64)
        # A stream that began anew has lower ids than were seen: after a silence, look where each one ends now.
        ends = {raw.decode(): entries[-1][0] for raw, entries in answer} or {
            name: _newest(client, name) for name in streams
        }
        self._last = after
        for name, end in ends.items():
            self._ended(streams[name], name, end)

    def _look_around(self, environments: Sequence[str]) -> None:
        """Look where each stream ends. A node that is away keeps nobody from hearing of the others."""
        failures = []
        for environment in environments:
            name = names(environment).changes
            try:
                self._ended(environment, name, _newest(self._links.to(environment), name))
            except redis.RedisError as error:
                failures.append(error)
        if failures:
            raise failures[0]
        time.sleep(LOOK_SECONDS)

    def _ended(self, environment: str, name: str, end: bytes) -> None:
        before = self._last.get(name, end)
        self._last[name] = end
        if end != before:
            self._wake(environment)


def _newest(client: redis.Redis, name: str) -> bytes:
    newest: Any = client.xrevrange(name, count=1)
    return newest[0][0] if newest else _START
