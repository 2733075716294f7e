"""A provider's events: what its client goes through, told to OpenFeature."""

import threading
from collections.abc import Callable
from contextlib import suppress

from openfeature.event import ProviderEvent, ProviderEventDetails
from openfeature.exception import ErrorCode
from openfeature.provider import AbstractProvider

from flagsdk.client import AsyncFlagClient, FlagClient
from flagsdk.status import State, Status

_EVENTS: dict[State, ProviderEvent] = {
    "ready": ProviderEvent.PROVIDER_READY,
    "stale": ProviderEvent.PROVIDER_STALE,
    "closed": ProviderEvent.PROVIDER_ERROR,
}
_SERVING: tuple[State, ...] = ("ready", "stale")


class Announcer:
    """Tells READY, STALE, ERROR and CONFIGURATION_CHANGED of one client, each change once.

    The READY after a successful `initialize` is OpenFeature's own: it is taken for granted in `settle`, and nothing is
    told before.
    """

    def __init__(self, provider: AbstractProvider) -> None:
        self._provider = provider
        self._lock = threading.Lock()  # between the client's thread and one that meets a stale decision
        self._settled = False
        self._removers: tuple[Callable[[], None], ...] = ()
        self.told: State = "starting"
        self.environment = ""

    def follow(self, client: FlagClient | AsyncFlagClient) -> threading.Event:
        """Listen to a client, in place of any other; the event is set when its state changes."""
        self.leave()
        turned = threading.Event()

        def look(status: Status) -> None:
            turned.set()
            self.turned(status)

        self._removers = (client.on_status(look), client.on_change(None, lambda keys: self._changed(client, keys)))
        return turned

    def settle(self, status: Status, *, ready: bool) -> None:
        """Take the outcome of `initialize` for told, and tell what comes from now on."""
        with self._lock:
            self._settled = True
            self.told = "ready" if ready else "starting"
            self.environment = status.environment or ""

    def leave(self) -> None:
        """Tell nothing more."""
        for remove in self._removers:
            remove()
        with self._lock:
            self._removers, self._settled, self.told = (), False, "starting"

    def turned(self, status: Status) -> None:
        """Tell the state that a client is in, unless that was told last."""
        with self._lock:
            if not self._settled or status.state == self.told or status.state not in _EVENTS:
                return
            self.told = status.state
            self.environment = status.environment or self.environment
        message = "the client was closed; the last snapshot is served on" if status.state == "closed" else status.fault
        code = ErrorCode.GENERAL if status.state == "closed" else None
        self._emit(_EVENTS[status.state], ProviderEventDetails(message=message or None, error_code=code))

    def _changed(self, client: FlagClient | AsyncFlagClient, keys: frozenset[str]) -> None:
        if self.told in _SERVING:
            revision = client.status.revision or 0
            details = ProviderEventDetails(flags_changed=sorted(keys), metadata={"revision": revision})
            self._emit(ProviderEvent.PROVIDER_CONFIGURATION_CHANGED, details)

    def _emit(self, event: ProviderEvent, details: ProviderEventDetails) -> None:
        with suppress(RuntimeError):  # the interpreter ends, and OpenFeature's threads are gone
            self._provider.emit(event, details)
