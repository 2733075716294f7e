"""An allocation table: half-open ranges of buckets with their owners, each variant's oldest range first."""

from collections.abc import Iterable

Range = tuple[int, int]
Table = tuple[tuple[str, int, int], ...]
"""(variant, start, end): start ≤ bucket < end. Order within a variant is the order in which it took the ranges."""


class Misallocated(ValueError):
    """Raised for weights or ranges that no split can have; the text names the first fault."""


def share(table: Table) -> dict[str, int]:
    """Buckets that each variant owns; a variant without ranges is absent."""
    owned: dict[str, int] = {}
    for variant, start, end in table:
        owned[variant] = owned.get(variant, 0) + end - start
    return owned


def check(table: Table, space: int) -> None:
    """Pass when the ranges cover [0, space) exactly once; else raise Misallocated, naming the first fault."""
    reached = 0
    for variant, start, end in sorted(table, key=by_start):
        if start >= end:
            raise Misallocated(f"range [{start}, {end}) of {variant!r} is empty")
        if start < reached:
            raise Misallocated(f"bucket {start} has two owners")
        if start > reached:
            raise Misallocated(f"bucket {reached} has no owner")
        reached = end
    if reached != space:
        raise Misallocated(f"the ranges end at {reached}, the space at {space}")


def by_start(entry: tuple[str, int, int]) -> int:
    """Sort key: where the range begins."""
    return entry[1]


def ranges_of(table: Table, variant: str) -> list[Range]:
    """Ranges of one variant, oldest first."""
    return [(start, end) for owner, start, end in table if owner == variant]


def ordered(stacks: Iterable[tuple[str, list[Range]]]) -> Table:
    """Build the table of the variants that own something, by lowest bucket, each variant's ranges oldest first."""
    owners = sorted(((variant, ranges) for variant, ranges in stacks if ranges), key=lambda owner: min(owner[1]))
    return tuple((variant, start, end) for variant, ranges in owners for start, end in ranges)
