"""What units must get, by our own hash and our own table: the service is not asked."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

UNITS: Sequence[str] = tuple(f"smoke-unit-{number}" for number in range(12))
HALF: Mapping[str, int] = {"on": 50_000, "off": 50_000}
MORE: Mapping[str, int] = {"on": 75_000, "off": 25_000}
OFF = "off"


class Due(NamedTuple):
    """What a unit is due."""

    bucket: int
    variant: str


def due(salt: str, *weights: Mapping[str, int]) -> dict[str, Due]:
    """Give, for each unit, its bucket and its variant after a split had these weights, one after the other."""
    from flagsdk.core.allocation import WHOLE, initial, reweigh  # noqa: PLC0415  # only who checks hashes
    from flagsdk.core.hashing import NATIVE, hash_of  # noqa: PLC0415  # as above

    first, *further = weights
    table = initial(dict(sorted(first.items())), WHOLE, OFF)
    for each in further:
        table = reweigh(table, each, WHOLE, OFF)
    place = hash_of(NATIVE, salt, WHOLE)
    buckets = {unit: place(unit) for unit in UNITS}
    return {
        unit: Due(bucket, next(owner for owner, start, end in table if start <= bucket < end))
        for unit, bucket in buckets.items()
    }
