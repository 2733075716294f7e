"""A context that is worked out when a flag first asks for it: most requests ask for none."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from flagsdk.integrations.context import _current

_log = logging.getLogger("flagsdk")

ContextOf = Callable[[], Mapping[str, Any] | None]


class LazyContext(Mapping[str, Any]):
    """What `make()` answers, asked once. Where it raises, that is logged, and the context is empty."""

    def __init__(self, make: ContextOf) -> None:
        self._make = make
        self._made: dict[str, Any] | None = None  # no cached_property: before Python 3.12 all requests share its lock

    def __getitem__(self, name: str) -> Any:
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    @property
    def _known(self) -> dict[str, Any]:
        if self._made is None:
            self._made = self._ask()
        return self._made

    def _ask(self) -> dict[str, Any]:
        try:
            return dict(self._make() or {})
        except Exception:  # noqa: BLE001 - reads never raise, and neither does what they rest on
            _log.exception("flagsdk: the context could not be made; it is taken to be empty")
            return {}


@contextmanager
def use_context_of(make: ContextOf) -> Iterator[None]:
    """Put what `make()` will answer in force for a block, as `use_context` does; it is called when a flag asks."""
    token = _current.set(LazyContext(make))
    try:
        yield
    finally:
        _current.reset(token)
