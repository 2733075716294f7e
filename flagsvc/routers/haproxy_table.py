"""The table of a split as HAProxy's maps hold it, and back: pure.

Three maps. `now` has one entry, "now" → BASE/STABLE/REVISION/SALT. `ranges` has BASE+FIRST:BASE+LAST → backend, `units`
BASE:UNIT → backend. BASE comes from the table's fingerprint, so two tables stand side by side, and replacing the one
entry of `now` changes salt, ranges and listed units for a request at once. Texts are percent-encoded (RFC 3986).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from flagsdk.core.allocation import WHOLE, Table
from flagsvc.domain.routing.target import Target, weights_of

KEY = "now"
DIGITS = 10
"""Hexadecimal digits of the fingerprint that make the base: with a bucket added it stays well below 2^63."""
PARTS = 4

Entries = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Maps:
    """What the three maps of one split hold, in order."""

    now: Entries = ()
    ranges: Entries = ()
    units: Entries = ()


@dataclass(frozen=True, slots=True)
class Held:
    """A table as it was read, whole or not."""

    base: int
    stable: str
    revision: str
    salt: str
    allocation: Table
    forced: Mapping[str, str] = field(default_factory=dict)

    @property
    def weights(self) -> dict[str, int]:
        """Weights that the ranges come to."""
        return weights_of(self.allocation)

    @property
    def table(self) -> str:
        """Fingerprint of what was read, as a target has it."""
        return Target(
            split="",
            revision="",
            stable=self.stable,
            weights={},
            salt=self.salt,
            allocation=self.allocation,
            forced=self.forced,
        ).table


def held(maps: Maps) -> Held | None:
    """Read the table that holds now; None when there is none."""
    parts = dict(reversed(maps.now)).get(KEY, "").split("/")
    if len(parts) != PARTS or not parts[0].isdecimal():
        return None
    base, (stable, revision, salt) = int(parts[0]), map(unquote, parts[1:])
    return Held(base, stable, revision, salt, _allocation(maps.ranges, base), _forced(maps.units, base))


def wanted(target: Target, before: Maps) -> Maps:
    """Make the maps for a target: its own entries, and in `ranges` and `units` those of the table before it."""
    base = int(target.table[:DIGITS], 16) * WHOLE
    now = "/".join([str(base), *(quote(text, safe="") for text in (target.stable, target.revision, target.salt))])
    ranges = tuple((f"{base + start}:{base + end - 1}", owner) for owner, start, end in target.allocation)
    units = tuple((f"{base}:{quote(unit, safe='')}", backend) for unit, backend in sorted(target.forced.items()))
    if before.now and _holds(before, base, ranges, units):
        return Maps(((KEY, now),), before.ranges, before.units)
    old = held(before)
    kept = old.base if old and old.base != base else -1
    return Maps(
        ((KEY, now),),
        ranges + tuple(entry for entry in before.ranges if _base_of_range(entry[0]) == kept),
        units + tuple(entry for entry in before.units if _base_of_unit(entry[0]) == kept),
    )


def changes(before: Maps, after: Maps) -> Iterator[tuple[str, Entries]]:
    """Give the maps that have to be replaced, by name, in the order in which that is safe: what decides comes last."""
    for name in ("ranges", "units", "now"):
        if getattr(before, name) != getattr(after, name):
            yield name, getattr(after, name)


def _holds(maps: Maps, base: int, ranges: Entries, units: Entries) -> bool:
    """Whether the maps have exactly this table already, and nothing that nobody told."""
    own_ranges = tuple(entry for entry in maps.ranges if _base_of_range(entry[0]) in {base, None})
    own_units = tuple(entry for entry in maps.units if _base_of_unit(entry[0]) in {base, None})
    return own_ranges == ranges and sorted(own_units) == sorted(units)


def _allocation(entries: Entries, base: int) -> Table:
    """Read the ranges of one table in their order; none where an entry is not ours, since it could hide them."""
    bases = [_base_of_range(key) for key, _ in entries]
    if None in bases:
        return ()
    own = [(key.split(":"), owner) for (key, owner), its in zip(entries, bases, strict=True) if its == base]
    return tuple((owner, int(first) - base, int(last) + 1 - base) for (first, last), owner in own)


def _forced(entries: Entries, base: int) -> dict[str, str]:
    """Read the listed units of one table; of two entries for one unit HAProxy takes the first."""
    return {unquote(key.partition(":")[2]): backend for key, backend in reversed(entries) if _base_of_unit(key) == base}


def _base_of_range(key: str) -> int | None:
    first, colon, last = key.partition(":")
    if not colon or not first.isdecimal() or not last.isdecimal():
        return None
    base = int(first) // WHOLE * WHOLE
    return base if int(last) < base + WHOLE else None


def _base_of_unit(key: str) -> int | None:
    base = key.partition(":")[0]
    return int(base) if base.isdecimal() else None
