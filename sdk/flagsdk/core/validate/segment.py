"""Segments: listed units, and a condition for the others."""

from .conditions import condition
from .cursor import Cursor
from .shapes import TEXTS, Member, Shape, is_object, path, units


def segment(place: Cursor) -> None:
    """Check a segment document."""
    is_object(place, SEGMENT)


SEGMENT: Shape = {
    **{name: member for name, member in TEXTS.items() if name not in {"salt", "expires"}},
    "included": Member(units),
    "excluded": Member(units),
    "by": Member(path),
    "when": Member(condition, nullable=True),
}
