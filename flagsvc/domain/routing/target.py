"""What a router is told: the weights of a traffic split, and for edges that can use it, the very table that decides."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from flagsdk.core.allocation import WHOLE, Table, share
from flagsdk.core.hashing import NATIVE
from flagsvc.domain.places import places_of, space_of, table_of

UNIT = "targetingKey"


@dataclass(frozen=True, slots=True)
class Mirror:
    """A share of the requests that is copied to a backend, whose answers are discarded; in 1/100 000."""

    backend: str
    share: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The state that a router shall be in, absolute: told twice is told once.

    `split` is "ENVIRONMENT/KEY", `revision` "EPOCH.REVISION" of the change that wrote the split. `weights` has every
    backend, in 1/100 000, adding up to the whole. `allocation` covers [0, space) once, in order. `forced` has the
    units that are listed one by one for a backend. `untold` says in words what of the split no edge can be told.
    """

    split: str
    revision: str
    stable: str
    weights: Mapping[str, int]
    salt: str
    allocation: Table
    hash: str = NATIVE
    space: int = WHOLE
    by: str = UNIT
    forced: Mapping[str, str] = field(default_factory=dict)
    mirror: Mirror | None = None
    untold: tuple[str, ...] = ()

    @property
    def table(self) -> str:
        """Fingerprint of all that decides a unit's backend: 16 hexadecimal digits of SHA-256."""
        decisive = [self.salt, self.hash, self.space, self.allocation, sorted(self.forced.items()), self.stable]
        return sha256(json.dumps(decisive, separators=(",", ":")).encode()).hexdigest()[:16]

    @property
    def is_native(self) -> bool:
        """Whether the edge modules can compute it: our hash over our buckets, of the unit itself."""
        return (self.hash, self.space, self.by) == (NATIVE, WHOLE, UNIT)


def target_of(environment: str, document: Mapping[str, Any], revision: str) -> Target:
    """Make the target of a traffic split's document: its default as it stands; switched off, all of it is stable."""
    stable = document["stable"]
    place = next(place for place in places_of(document) if place.identity == ("default", ""))
    split = place.split or {}
    space = space_of(split)
    table = table_of(place, space) or ()
    if not document["enabled"]:
        table = ((stable, 0, space),)
    return Target(
        split=f"{environment}/{document['key']}",
        revision=revision,
        stable=stable,
        weights=_weights(document, place.served, split),
        salt=split.get("salt", document["salt"]),
        allocation=tuple(sorted(table, key=lambda entry: entry[1])),
        hash=split.get("hash", NATIVE),
        space=space,
        by=split.get("by", UNIT),
        forced=dict(_forced(document)) if document["enabled"] else {},
        mirror=_mirror(document),
        untold=tuple(_untold(document)) if document["enabled"] else (),
    )


def _weights(document: Mapping[str, Any], served: str | None, split: Mapping[str, Any]) -> dict[str, int]:
    if not document["enabled"]:
        served = document["stable"]
    weights = {served: WHOLE} if served is not None else split["weights"]
    return {backend: weights.get(backend, 0) for backend in document["backends"]}


def _forced(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for target in reversed(document.get("targets", ())):  # the first that lists a unit decides
        if target.get("by", UNIT) == UNIT:
            yield from ((unit, target["variant"]) for unit in target["units"])


def _mirror(document: Mapping[str, Any]) -> Mirror | None:
    mirror = document.get("mirror")
    return Mirror(mirror["backend"], mirror["share"]) if mirror and mirror["share"] and document["enabled"] else None


def _untold(document: Mapping[str, Any]) -> Iterator[str]:
    if document.get("rules"):
        yield "rules decide only where the service is asked"
    if any(target.get("by", UNIT) != UNIT for target in document.get("targets", ())):
        yield "targets by another attribute decide only where the service is asked"


def weights_of(table: Table, space: int = WHOLE) -> dict[str, int]:
    """Sum up who owns how many buckets, in 1/100 000 (exact where the space is 100 000)."""
    return {backend: round(buckets * WHOLE / space) for backend, buckets in share(table).items()}
