"""The order of epochs: a minted one begins with the time of its minting, so a reader can tell which history is newer.

The form is `MILLISECONDS-CHANCE`: twelve lower-case hexadecimal digits of Unix milliseconds, then random characters of
[0-9A-Za-z]. A text of any other form is an epoch, too, but has no place in the order.
"""

from collections.abc import Iterable

DIGITS = 12
LATEST = 16**DIGITS - 1
_HEXADECIMAL = frozenset("0123456789abcdef")


def mint_epoch(milliseconds: int, chance: str, former: Iterable[str] = ()) -> str:
    """Make the epoch of this moment, strictly later than every former one, though the clock went back meanwhile.

    `chance` is at least one random character of [0-9A-Za-z]. Raises ValueError where no later time can be written.
    """
    times = [time for epoch in former if (time := time_of(epoch)) is not None]
    moment = max([milliseconds, *(time + 1 for time in times)])
    if not 0 <= moment <= LATEST:
        raise ValueError(f"no epoch can be later than {LATEST:x}-…")
    return f"{moment:0{DIGITS}x}-{chance}"


def time_of(epoch: str) -> int | None:
    """Unix milliseconds at which an epoch was minted; None for a text of another form."""
    digits, dash, chance = epoch.partition("-")
    if len(digits) != DIGITS or not _HEXADECIMAL.issuperset(digits) or not dash or not _is_chance(chance):
        return None
    return int(digits, 16)


def is_older(epoch: str, other: str) -> bool | None:
    """Tell whether `epoch` was minted before `other`; None where nobody can tell.

    That is so for a text of another form, and for two epochs of one millisecond.
    """
    if epoch == other:
        return False
    first, second = time_of(epoch), time_of(other)
    if first is None or second is None or first == second:
        return None
    return first < second


def _is_chance(text: str) -> bool:
    return text.isascii() and text.isalnum()
