"""Who owns which buckets of a split, and what a change of weights moves: as few buckets as any table could."""

from .moves import Move, summary, who_moves
from .quotas import WHOLE, quotas
from .reweigh import initial, reweigh
from .table import Misallocated, Range, Table, check, share

__all__ = [
    "WHOLE",
    "Misallocated",
    "Move",
    "Range",
    "Table",
    "check",
    "initial",
    "quotas",
    "reweigh",
    "share",
    "summary",
    "who_moves",
]
