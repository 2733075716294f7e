"""The process's one client, from `settings.FLAGSDK` or the FLAGSDK_* variables; made when it is first asked for."""

import threading
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.signals import setting_changed

from flagsdk.client import START_SECONDS, FlagClient
from flagsdk.integrations.bound import BoundFlags
from flagsdk.integrations.configured import client_of

OWN_NAMES = ("CONTEXT",)


def options() -> Mapping[str, Any]:
    """Give `settings.FLAGSDK`: names of `FlagClient`'s options in capitals, and CONTEXT and CLIENT."""
    found: Mapping[str, Any] = getattr(settings, "FLAGSDK", {})
    return found


class _Clients:
    """Holds the client. The lock is for the first moment only; afterwards nobody takes it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: FlagClient | None = None
        self._ours = False  # a client that was given is not ours to close
        self._awaited = False

    def client(self) -> FlagClient:
        held = self._held
        if held is not None:
            return held
        with self._lock:
            if self._held is None:
                self._ours = "CLIENT" not in options()
                self._held = client_of(options(), *OWN_NAMES)
            return self._held

    def wait(self) -> None:
        """Wait for the first snapshot as long as the settings allow, once: a test suite makes many handlers."""
        if not self._awaited:
            self._awaited = True
            self.client().wait_ready(options().get("START_SECONDS", START_SECONDS))

    def forget(self, *, setting: str, **_: Any) -> None:
        """Go by changed settings: tests override them."""
        if setting != "FLAGSDK":
            return
        with self._lock:
            held, self._held, self._awaited = self._held, None, False
        if held is not None and self._ours:
            held.close()


_clients = _Clients()
setting_changed.connect(_clients.forget)

client = _clients.client
"""Give the process's client; raises ValueError where the settings are wrong."""
wait_for_first_snapshot = _clients.wait
flags = BoundFlags(client)
"""The getters, with the context of the present request."""
