"""Calls to routers, as drivers make them: one at a time for each router, and whatever goes wrong is a RouterError."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.routing.visit import MAX_DETAIL
from flagsvc.domain.texts import storable
from flagsvc.ports import Router

_log = logging.getLogger(__name__)


class Lost(Exception):
    """Somebody else drives the binding now."""


@dataclass(frozen=True, slots=True)
class Named:
    """A router that the routers file names."""

    router: Router
    lock: threading.Lock


What = Literal["read", "told", "counted"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one call to a router: what it gave or the RouterError, and the goal it was made for."""

    name: str
    what: What
    goal: str
    value: object


def guarded(name: str, named: Named, call: Callable[[], object]) -> object:
    """Call a router, one call at a time; whatever else it raises is a fault of ours, told as a temporary error."""
    try:
        with named.lock:
            return call()
    except RouterError as error:
        return RouterError(storable(str(error), MAX_DETAIL), permanent=error.permanent, conflict=error.conflict)
    except Lost:
        return RouterError("somebody else drives the binding now")
    except Exception as error:  # noqa: BLE001  # a named boundary: a router's file must not end the loop
        _log.exception("router %s failed", name)
        return RouterError(f"{type(error).__name__}: a fault of the service, see its log")
