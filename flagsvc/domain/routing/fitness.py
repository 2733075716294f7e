"""Whether a router, as it is configured, can be told a split at all, and what it does with it that surprises."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from flagsdk.core.hashing import HASHES
from flagsvc.domain.routing.capabilities import Capabilities
from flagsvc.domain.routing.grain import too_fine
from flagsvc.domain.routing.target import UNIT, Target


class Misfit(NamedTuple):
    """One thing that a router cannot be told: where it is in the split's document, a stable code, and a sentence.

    The sentence is equal for as long as the reason is.
    """

    place: tuple[str, ...]
    code: str
    detail: str


def misfits(router: str, able: Capabilities, target: Target) -> list[Misfit]:
    """List everything of a target that a router cannot be told; empty means that it fits."""
    found = (*_backends(able, target), *_weights(able, target), *_mirror(able, target), *_cohorts(able, target))
    return [each._replace(detail=f"The router {router!r} cannot be told this: {each.detail}.") for each in found]


def surprises(router: str, able: Capabilities, target: Target) -> Iterator[tuple[str, str]]:
    """Yield (code, sentence) for what a router does differently from the service, although it can be told."""
    if able.sticky != "cohort":
        how = "by a cookie or hash of its own" if able.sticky == "own" else "anew for each request"
        yield "other-cohorts", f"The router {router!r} chooses {how}: its cohorts are not those of the SDK."
    if able.backends is not None and (absent := sorted(target.weights.keys() - able.backends - _needed(able, target))):
        names = ", ".join(map(repr, absent))
        yield "backend-absent", f"The router {router!r} was not configured with {names}, which cannot get anything yet."


def _needed(able: Capabilities, target: Target) -> set[str]:
    """Name what must be there: what gets something, the fallback, and those that get copies or listed units."""
    needed = {backend for backend, weight in target.weights.items() if weight} | {target.stable}
    needed |= {target.mirror.backend} if target.mirror and able.mirror else set()
    return needed | (set(target.forced.values()) if able.sticky == "cohort" else set())


def _backends(able: Capabilities, target: Target) -> Iterator[Misfit]:
    if able.backends is not None:
        known = ", ".join(sorted(able.backends)) or "none"
        for backend in sorted(_needed(able, target) - able.backends):
            detail = f"it was not configured with the backend {backend!r}; it has {known}"
            yield Misfit(("weights" if target.weights.get(backend) else "backends", backend), "unknown-backend", detail)
    served = sum(1 for weight in target.weights.values() if weight)
    if able.max_backends is not None and served > able.max_backends:
        detail = f"it splits between at most {able.max_backends} backends, not {served}"
        yield Misfit(("weights",), "too-many-backends", detail)


def _weights(able: Capabilities, target: Target) -> Iterator[Misfit]:
    for backend, sentence in too_fine(target.weights, able.granularity).items():
        yield Misfit(("weights", backend), "too-fine", sentence)


def _mirror(able: Capabilities, target: Target) -> Iterator[Misfit]:
    if target.mirror is not None and not able.mirror:
        yield Misfit(("mirror",), "no-mirror", "it copies no requests; take the mirror away, or bind another router")


def _cohorts(able: Capabilities, target: Target) -> Iterator[Misfit]:
    """Compare with what an edge of stickiness "cohort" computes: a hash that it has, over its buckets, of the unit."""
    if able.sticky != "cohort" or (target.is_native and len(set(target.forced.values()) | _owners(target)) == 1):
        return  # whatever hashes a unit, it goes to the one backend that there is
    if target.by != UNIT:
        detail = f"it hashes the unit of the request, not the attribute {target.by!r}"
        yield Misfit(("by",), "foreign-unit", detail)
    if target.hash not in able.hashes:
        detail = f"it computes {', '.join(sorted(able.hashes))}, not {target.hash!r}"
        yield Misfit(("hash",), "foreign-hash", detail)
    elif (family := HASHES.get(target.hash)) and target.space != family.default_space:
        detail = f"it computes {target.hash} over {family.default_space} buckets, not {target.space}"
        yield Misfit(("space",), "foreign-space", detail)


def _owners(target: Target) -> set[str]:
    return {backend for backend, _, _ in target.allocation}


def pointer_in(split: Mapping[str, Any], place: tuple[str, ...]) -> tuple[str | int, ...]:
    """Lead from a misfit's place to the members of the split's document that it is about."""
    what, *rest = place
    if what == "mirror":
        return ("mirror",)
    if what == "backends":
        return ("backends", split["backends"].index(rest[0]))
    return ("default", "split", what, *rest) if "split" in split["default"] else ("default", "serve")
