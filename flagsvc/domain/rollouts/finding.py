"""What the check before a rollout finds: errors, which make it pointless to begin, and warnings."""

from collections.abc import Iterable
from typing import Literal, NamedTuple

from flagsvc.domain.members import pointer_to

Level = Literal["error", "warning"]


class Finding(NamedTuple):
    """One finding: RFC 6901 pointer into the plan, a stable code, and a sentence with what, where and the fix."""

    level: Level
    pointer: str
    code: str
    detail: str


def error(path: Iterable[str | int], code: str, detail: str) -> Finding:
    """Make a finding for which nothing should begin."""
    return Finding("error", pointer_to(*path), code, detail)


def warning(path: Iterable[str | int], code: str, detail: str) -> Finding:
    """Make a finding that deserves a second look."""
    return Finding("warning", pointer_to(*path), code, detail)
