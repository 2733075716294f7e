"""Backfills of a running service: one replica does them, gently, and again whatever an older release leaves behind."""

import secrets
import time
from collections.abc import Callable

from flagsvc.app.founding import now
from flagsvc.domain.instants import text_of
from flagsvc.runner.lease import Lease
from flagsvc.runner.loop import Loop
from flagsvc.store import SqlStore, take_batch

LOOK_SECONDS = 30.0
REST_SECONDS = 0.25
"""After each batch of 200 rows, so that a database that serves has time for others."""


class Backfilling:
    """The loop. `told` hears after each batch of a backfill how many rows it has left."""

    def __init__(self, store: SqlStore, told: Callable[[str, int], None], rest_seconds: float = REST_SECONDS) -> None:
        self._store, self._told, self._rest = store, told, rest_seconds
        self._lease = Lease(store, secrets.token_hex(8), name="backfills")
        self._loop = Loop("backfills", self.turn, LOOK_SECONDS)

    def start(self) -> None:
        """Begin."""
        self._loop.start()

    def stop(self) -> None:
        """End after the batch under way; another replica goes on with the next one."""
        self._loop.stop()

    def turn(self) -> None:
        """Do what is left, unless another replica is at it."""
        while not self._loop.woken and self._lease.renew() is not None:
            moved = take_batch(self._store, text_of(now()))
            if moved is None:
                break
            self._told(moved.name, moved.left)
            time.sleep(self._rest)
        self._lease.release()
