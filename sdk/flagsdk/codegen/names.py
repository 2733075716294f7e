"""Identifiers for keys: ASCII, no keyword, and never one that would fit two keys."""

from collections import Counter
from collections.abc import Collection, Mapping
from hashlib import sha256
from keyword import iskeyword
from string import ascii_letters, digits

_LETTERS = frozenset(ascii_letters + digits + "_")
_SUFFIX_DIGITS = (0, 8, 64)


def identifier(key: str) -> str:
    """Write a key as an identifier: every character but ASCII letters and digits becomes `_`; case is kept."""
    name = "".join(letter if letter in _LETTERS else "_" for letter in key).lstrip("_")
    return name if name[:1] in frozenset(ascii_letters) else f"flag_{name}"


def pascal(name: str) -> str:
    """Write an identifier as the name of a type."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def allocate(wanted: Mapping[str, str], reserved: Collection[str] = ()) -> dict[str, str]:
    """Give each id the name that it wants, or one close to it: all names differ, none is reserved or a keyword.

    A name that several want goes to none of them: each gets a suffix made of its own id. So a new flag can take a name
    away from another, which a type checker sees, but a name never silently means another flag than before.
    """
    level = dict.fromkeys(wanted, 0)
    while True:
        names = {id_: _name(id_, wanted[id_], _SUFFIX_DIGITS[level[id_]], reserved) for id_ in wanted}
        holders = Counter(names.values())
        crowded = [id_ for id_, name in names.items() if holders[name] > 1 and level[id_] + 1 < len(_SUFFIX_DIGITS)]
        if not crowded:
            return names
        for id_ in crowded:
            level[id_] += 1


def _name(id_: str, name: str, length: int, reserved: Collection[str]) -> str:
    if length:
        name = f"{name}_{sha256(id_.encode('utf-8', 'surrogatepass')).hexdigest()[:length]}"
    return f"{name}_" if iskeyword(name) or name in reserved else name
