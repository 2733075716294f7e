"""A context that is worked out when a flag first asks for it: most requests ask for none."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from flagsdk.core.context import TARGETING_KEY
from flagsdk.integrations.cohort import Held, use_cohorts
from flagsdk.integrations.context import ContextLike, _current, as_context, use_context
from flagsdk.integrations.request import no_context

ContextOf = Callable[[], ContextLike]


class LazyContext(Mapping[str, Any]):
    """What `make()` answers, asked once; made by `use_request_of`."""

    def __init__(self, make: Callable[[], Mapping[str, Any]]) -> None:
        self._make = make
        self._made: Mapping[str, Any] | None = (
            None  # no cached_property: before Python 3.12 all requests share its lock
        )

    def __getitem__(self, name: str) -> Any:
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    @property
    def _known(self) -> Mapping[str, Any]:
        if self._made is None:
            self._made = self._make()
        return self._made


@contextmanager
def use_request_of(make: ContextOf, edge: Held) -> Iterator[None]:
    """Do as `use_request`, but call `make()` when a flag asks; when that fails it is logged, and nothing is known."""

    def whole() -> Mapping[str, Any]:
        with use_context(None):  # or a flag that make() asks would ask for make() again
            found = known(make)
        if edge.unit and not found.get(TARGETING_KEY):
            found[TARGETING_KEY] = edge.unit
        return found

    with use_cohorts(edge):
        token = _current.set(LazyContext(whole))
        try:
            yield
        finally:
            _current.reset(token)


def known(make: ContextOf) -> dict[str, Any]:
    """Ask for the context, and take it to be empty where that fails."""
    try:
        return as_context(make())
    except Exception as fault:  # noqa: BLE001 - reads never raise, and neither does what they rest on
        no_context(fault)
        return {}
