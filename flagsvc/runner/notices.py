"""The loops that deliver notices: one deals them out, and each notifier has its own, so that none waits for another.

Every replica does so. A parcel is taken for a minute by whoever delivers it; killed in between, it is delivered again
after that: at least once, and in the order of its rollout.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from flagsvc.domain.rollouts.notice import Notice, NoticeError
from flagsvc.domain.rollouts.parcel import Parcel, pause_after
from flagsvc.domain.texts import storable
from flagsvc.ports import Notifier, Store
from flagsvc.runner.loop import CHANCE, Loop
from flagsvc.usecases import notices

TURN_SECONDS = 1.0
TAKEN_SECONDS = 60.0
"""Longer than any notifier may need for one notice."""
FORGET_SECONDS = 3600.0
STOP_SECONDS = 2.0
MOST_DETAIL = 500
_log = logging.getLogger(__name__)

Fate = Literal["delivered", "put-back", "refused", "given-up"]


@dataclass(frozen=True, slots=True)
class Addressee:
    """A notifier, and which notices it wants."""

    notifier: Notifier
    wants: Callable[[Notice], bool]


class Delivery:
    """Delivers notices to the notifiers of this process, by name. `told` hears what became of each try."""

    def __init__(
        self,
        store: Store,
        addressees: Mapping[str, Addressee],
        told: Callable[[str, Fate], None],
        taken_seconds: float = TAKEN_SECONDS,
    ) -> None:
        self._store = store
        self._wants = {name: addressee.wants for name, addressee in addressees.items()}
        self._forgot = float("-inf")
        self._carriers = [
            Carrier(store, name, addressee.notifier, told, taken_seconds) for name, addressee in addressees.items()
        ]
        self._loop = Loop("notices", self._turn, TURN_SECONDS)

    def start(self) -> None:
        """Begin."""
        self._loop.start()
        for carrier in self._carriers:
            carrier.loop.start()

    def stop(self) -> None:
        """End, and wait a little for those who are talking to somebody; what they hold is delivered by others."""
        deadline = time.monotonic() + STOP_SECONDS
        loops = [self._loop, *(carrier.loop for carrier in self._carriers)]
        for carrier in self._carriers:
            carrier.stopped = True
        for loop in loops:
            loop.stop(max(0.0, deadline - time.monotonic()))

    def wake(self, environment: str = "") -> None:
        """Look now, because something was committed. Returns at once, never raises, from any thread."""
        self._loop.wake()

    def _turn(self) -> None:
        """Deal out what is new. Without any notifier nothing is dealt: it is there for those that are named in time."""
        if self._wants and notices.deal(self._store, self._wants):
            for carrier in self._carriers:
                carrier.loop.wake()
        if time.monotonic() - self._forgot >= FORGET_SECONDS:
            notices.forget_old(self._store)
            self._forgot = time.monotonic()


class Carrier:
    """Delivers to one notifier, one parcel at a time, until none is due."""

    def __init__(
        self, store: Store, name: str, notifier: Notifier, told: Callable[[str, Fate], None], taken_seconds: float
    ) -> None:
        self._store, self._name, self._notifier = store, name, notifier
        self._told, self._taken_seconds = told, taken_seconds
        self.stopped = False
        self.loop = Loop(f"notifier {name}", self.turn, TURN_SECONDS)

    def turn(self) -> None:
        """Deliver everything that is due; raises Unavailable."""
        while not self.stopped and (parcel := notices.take(self._store, self._name, self._taken_seconds)):
            self._told(self._name, self._carried(parcel))

    def _carried(self, parcel: Parcel) -> Fate:
        try:
            self._notifier.tell(parcel.notice)
        except NoticeError as error:
            return self._failed(parcel, error)
        except Exception as error:  # noqa: BLE001  # a named boundary: a notifier's file must not end the loop
            _log.exception("notifier %s failed", self._name)
            return self._failed(parcel, NoticeError(f"{type(error).__name__}: a fault of the service, see its log"))
        notices.settled(self._store, parcel)
        return "delivered"

    def _failed(self, parcel: Parcel, error: NoticeError) -> Fate:
        notice, detail = parcel.notice, storable(str(error), MOST_DETAIL)
        which = f"notice {notice.number} of {notice.environment}/{notice.rollout} to notifier {self._name}"
        if error.permanent:
            notices.settled(self._store, parcel)
            _log.error("%s was refused, and is lost: %s", which, detail)
            return "refused"
        pause = pause_after(parcel.tries + 1) * CHANCE.uniform(0.8, 1.2)
        if not notices.put_back(self._store, parcel, pause, detail):
            _log.error("%s is given up after %d tries: %s", which, parcel.tries + 1, detail)
            return "given-up"
        if not parcel.tries:
            _log.warning("%s is tried again: %s", which, detail)
        return "put-back"
