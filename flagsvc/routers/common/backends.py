"""The names of a split's backends, and what a router calls them."""

from collections.abc import Collection, Mapping

from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.routing.grain import TooFine, quantised
from flagsvc.domain.routing.target import Target


def told_weights(target: Target, granularity: int, known: Collection[str]) -> dict[str, int]:
    """Tell the target's weights in a router's steps; each known backend has one, those that the split lacks 0.

    Raises RouterError(permanent=True) for a backend that the router was not configured with, and for a weight that
    would come out as 0.
    """
    demand_known(target, known)
    try:
        told = quantised(target.weights, granularity)
    except TooFine as error:
        raise RouterError(str(error), permanent=True) from error
    return {backend: told.get(backend, 0) for backend in sorted(known)}


def demand_known(target: Target, known: Collection[str]) -> None:
    """Pass when the router was configured with every backend that is to get something, the mirrored one included."""
    needed = {backend for backend, weight in target.weights.items() if weight} | {target.stable}
    needed |= {target.mirror.backend} if target.mirror else set()
    _demand(needed, known)


def demand_listed(target: Target, known: Collection[str]) -> None:
    """Pass when an edge that sends listed units to their backend knows every one of these; else as `demand_known`."""
    _demand(set(target.forced.values()), known)


def demand_few(forced: Collection[str], most: int, instead: str) -> None:
    """Pass for no more listed units than an edge takes; else RouterError(permanent=True) that says what to use."""
    if len(forced) > most:
        raise RouterError(
            f"{len(forced):,} units are listed one by one, and this edge takes {most:,}: use {instead}", permanent=True
        )


def _demand(needed: set[str], known: Collection[str]) -> None:
    if missing := sorted(needed - set(known)):
        raise RouterError(
            f"the router knows no backend {', '.join(map(repr, missing))}; it knows {', '.join(sorted(known))}",
            permanent=True,
        )


def demand_native(target: Target) -> None:
    """Pass when an edge module can compute the cohorts; else RouterError(permanent=True) that says why not."""
    if not target.is_native:
        raise RouterError(
            f"edge modules compute murmur3 of the unit over 100 000 buckets; this split uses {target.hash} of "
            f"{target.by!r} over {target.space}",
            permanent=True,
        )


def by_name(names: Mapping[str, str], weights: Mapping[str, int]) -> dict[str, int]:
    """Rename backends to what a router calls them."""
    return {names[backend]: weight for backend, weight in weights.items()}
