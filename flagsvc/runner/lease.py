"""A lease that one replica holds (to tell routers, to drive rollouts), and a clock that all replicas share."""

import time
from collections.abc import Callable

from flagsvc.domain.routing.records import LEASE
from flagsvc.ports import Store, Transaction

LEASE_SECONDS = 10.0
HURRY_SECONDS = 2.0
"""A holder that is frozen in the middle of a transaction keeps its locks for so long, and no longer."""
MARGIN_SECONDS = 3.0
"""Nothing is begun that late: what a router is told may take that long, and the next holder may be at work then."""


class Lease:
    """Held or not: `renew` asks the database, `token` answers from memory, by the monotonic clock. Any thread may ask.

    A holder that was paused finds itself without a token before it does anything, and what it stores is refused.
    """

    def __init__(
        self,
        store: Store,
        holder: str,
        seconds: float = LEASE_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
        *,
        name: str = LEASE,
    ) -> None:
        self._store, self._holder, self._seconds, self._monotonic = store, holder, seconds, monotonic
        self._name = name
        self._token: int | None = None
        self._until = float("-inf")
        self._offset = 0.0

    def renew(self) -> int | None:
        """Take or keep the lease; gives its fencing token, None while another replica holds it. Raises Unavailable."""
        asked = self._monotonic()
        token, seconds = self._store.run([], self._claim)
        self._offset = seconds - self._monotonic()
        self._token, self._until = token, asked + self._seconds - min(MARGIN_SECONDS, self._seconds / 2)
        return self.token

    @property
    def token(self) -> int | None:
        """The fencing token while the lease is surely ours."""
        return self._token if self._monotonic() < self._until else None

    def now(self) -> float:
        """Unix seconds by the database's clock, as of the last renewal, going on evenly."""
        return self._monotonic() + self._offset

    def release(self) -> None:
        """Give it back, so that the next one need not wait. Raises Unavailable."""
        held, self._token = self._token, None
        if held is not None:
            self._store.run([], lambda tx: tx.release_lease(self._name, self._holder))

    def _claim(self, tx: Transaction) -> tuple[int | None, float]:
        tx.hurry(HURRY_SECONDS)
        return tx.claim_lease(self._name, self._holder, self._seconds), tx.seconds()
