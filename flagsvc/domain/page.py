"""A page of a list, asked for and answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Which part of a list is wanted.

    `search` is a substring of key, name, tags, owner or description; `sort` a name of the list, "-" before it for
    descending; `filters` name → text from the list's whitelist. A cursor belongs to one sort order.
    """

    limit: int = 50
    cursor: str | None = None
    sort: str | None = None
    search: str | None = None
    filters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Listing:
    """Rendered items and the cursor of the next page, None at the end."""

    items: list[dict[str, Any]]
    next_cursor: str | None = None
