"""Who moves between two tables: the exact difference, and the sentence a person reads before saving."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .table import Table, by_start

DECIMALS = 3
SMALLEST_SHOWN = 0.001


@dataclass(frozen=True, slots=True)
class Move:
    """That many buckets leave one variant for another; as a share of all units: buckets / space."""

    source: str
    target: str
    buckets: int


def who_moves(old: Table, new: Table, space: int) -> list[Move]:
    """Every (source, target) with the buckets that change hands, largest first; both tables cover [0, space).

    A unit keeps its variant exactly when its bucket is in no move. Two tables with different salts or hashes are not
    comparable: there everybody is drawn anew.
    """
    totals: dict[tuple[str, str], int] = {}
    for source, target, buckets in _pieces(sorted(old, key=by_start), sorted(new, key=by_start), space):
        if source != target:
            totals[source, target] = totals.get((source, target), 0) + buckets
    moves = [Move(source, target, buckets) for (source, target), buckets in totals.items()]
    return sorted(moves, key=lambda move: (-move.buckets, move.source, move.target))


def summary(moves: Sequence[Move], space: int) -> str:
    """Say it in words: "3.0 % control → A, nobody else"; nothing to say is "nobody moves"."""
    if not moves:
        return "nobody moves"
    parts = [f"{_share(move.buckets, space)} {move.source} → {move.target}" for move in moves]
    return ", ".join([*parts, "nobody else"])


def _pieces(
    old: Sequence[tuple[str, int, int]], new: Sequence[tuple[str, int, int]], space: int
) -> Iterator[tuple[str, str, int]]:
    """Cut both tables at every bound of either."""
    before = after = reached = 0
    while reached < space:
        source, _, source_end = old[before]
        target, _, target_end = new[after]
        end = min(source_end, target_end)
        yield source, target, end - reached
        before += source_end == end
        after += target_end == end
        reached = end


def _share(buckets: int, space: int) -> str:
    percent = 100 * buckets / space
    if percent < SMALLEST_SHOWN:
        return f"under {SMALLEST_SHOWN} %"
    whole, _, fraction = f"{percent:.{DECIMALS}f}".partition(".")
    return f"{whole}.{fraction.rstrip('0') or '0'} %"
