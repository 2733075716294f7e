"""Time zones by name, as this machine knows them."""

from datetime import tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

_OF_A_MACHINE = frozenset({"localtime", "posixrules", "Factory"})
"""Files that lie among the zones and mean something else on each machine, or nothing."""


def zone_of(name: str) -> tzinfo | None:
    """Find a zone of the IANA database; None where this machine has none of that name."""
    return ZoneInfo(name) if name in _names() else None


@cache
def _names() -> frozenset[str]:
    return frozenset(available_timezones()) - _OF_A_MACHINE
