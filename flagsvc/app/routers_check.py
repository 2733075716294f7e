"""What a routers file says, in words: each router, what it can do, and what is in force there now."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from flagsvc.domain.routing.capabilities import Capabilities
from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.routing.observed import Observed
from flagsvc.domain.routing.records import Node, ShelfItem
from flagsvc.ports import Router
from flagsvc.routers import Tools, build
from flagsvc.settings import RouterSpec

READERS = 16
"""So many are read at a time: of two hundred dead ones each takes seconds."""


class Line(NamedTuple):
    """One line for people; `failed`: it says that a router could not be read."""

    text: str
    failed: bool = False


class _EmptyShelf:
    """Nothing lies on it: only a running service knows what edges fetched."""

    def put(self, router: str, version: str, content: str) -> None:
        """Lay nothing: nobody is told anything here."""

    def item(self, router: str) -> ShelfItem | None:
        """Give nothing."""

    def nodes(self, router: str) -> Sequence[Node]:
        """Give nobody."""
        return ()


def checked(specs: Sequence[RouterSpec], *, connect: bool) -> Iterator[Line]:
    """Describe each router, with `connect` as it is read now; tells nobody anything. ValueError: one cannot be made."""
    tools = Tools(shelf=_EmptyShelf())
    routers = [build(spec.name, spec.kind, spec.options, tools, spec.counts) for spec in specs]
    with ThreadPoolExecutor(READERS) as pool:
        readings = pool.map(_in_force, routers if connect else ())
        for spec, router in zip(specs, routers, strict=True):
            yield Line(f"{spec.name}  {spec.kind}: {'; '.join(_able(router.capabilities))}")
            if connect:
                yield next(readings)


def _able(can: Capabilities) -> Iterator[str]:
    yield "1 step (all or nothing)" if can.granularity == 1 else f"{can.granularity} steps"
    yield f"stickiness {can.sticky}"
    yield f"backends {', '.join(sorted(can.backends))}" if can.backends is not None else "any backends"
    yield "survives a restart" if can.persistent else "forgets at a restart"
    yield f"in force after about {can.expected_propagation_seconds:g} s"
    facts = {
        "mirrors": can.mirror,
        "refuses stale writes": can.conditional,
        "0 % does not recall who is pinned": not can.drains_pinned,
        "counts requests": can.counts,
    }
    yield from (fact for fact, holds in facts.items() if holds)


def _in_force(router: Router) -> Line:
    try:
        return Line(f"  in force: {_shown(router.observe())}")
    except RouterError as error:
        return Line(f"  cannot be read: {error}", failed=True)
    except Exception as error:  # noqa: BLE001  # a named boundary: one router's fault hides no other
        return Line(f"  cannot be read: {type(error).__name__}: a fault of the program", failed=True)


def _shown(observed: Observed | None) -> str:
    if observed is None:
        return "nothing told yet, or nothing that can be read from here"
    weights = ", ".join(f"{backend} {weight}" for backend, weight in sorted(observed.weights.items())) or "no weights"
    notes = [f"revision {observed.revision}" if observed.revision else "", observed.detail]
    return " ".join([weights, *(f"({note})" for note in notes if note)])
