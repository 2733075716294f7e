"""What a named hash is: a function from a unit to an integer in [0, space), prepared once per salt."""

from collections.abc import Callable
from dataclasses import dataclass

UnitHash = Callable[[str], int]


class UnknownHash(ValueError):
    """Raised for a hash that this reader cannot compute: its name, its space or its salt is not one it knows."""


@dataclass(frozen=True, slots=True)
class HashFamily:
    """One named formula; `prepare(salt, space)` does the work that is the same for every unit.

    The prepared function maps a unit to an integer in [0, space) and raises UnicodeEncodeError for a lone surrogate.
    `salt` says what the split's salt holds in this family; text is hashed as it stands, never normalised.
    """

    name: str
    default_space: int
    prepare: Callable[[str, int], UnitHash]
    salt: str
    spaces: range

    def accepts(self, space: int) -> bool:
        """Whether the formula is defined over that many buckets."""
        return space in self.spaces


def exactly(space: int) -> range:
    """Spaces of a family whose formula fixes the number of buckets."""
    return range(space, space + 1)


def seed_of(salt: str) -> int:
    """Read a seed written in decimal (maybe signed), masked to 32 bits; anything else raises UnknownHash."""
    digits = salt.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= len(str(2**32))):
        raise UnknownHash(f"the salt of this hash is a seed in decimal digits, not {salt!r}")
    return int(salt) & 0xFFFFFFFF
