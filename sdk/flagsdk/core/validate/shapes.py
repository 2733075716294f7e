"""Objects, lists and texts: what any document is made of, whatever it means."""

from collections.abc import Callable, Container, Mapping
from string import ascii_letters, digits
from typing import NamedTuple

from flagsdk.core.instants import instant_of

from . import limits
from .cursor import Cursor, nearest, shown

Check = Callable[[Cursor], None]

ALPHANUMERIC = frozenset(ascii_letters + digits)
KEY_CHARACTERS = ALPHANUMERIC | frozenset("._-")
TOKEN_CHARACTERS = ALPHANUMERIC | frozenset("!#$%&'*+-.^_`|~")
"""Characters of an HTTP header or cookie name (RFC 9110 §5.6.2)."""


class Member(NamedTuple):
    """One member of an object: its check, whether it must be there, and whether null stands for "none"."""

    check: Check
    required: bool = False
    nullable: bool = False


Shape = Mapping[str, Member]


def is_object(place: Cursor, shape: Shape) -> bool:
    """Check an object against its members; tell whether it was one, so that the caller may go on to its meaning."""
    if not isinstance(place.value, dict):
        place.wrong("an object")
        return False
    for name in place.value:
        if name not in shape:
            place.at(name).report("unknown-member", f"There is no member {shown(name)} here{nearest(name, shape)}")
    for name, member in shape.items():
        if name not in place.value:
            if member.required:
                place.at(name).report("missing", f"The member {name!r} is missing.")
        elif not (member.nullable and place.value[name] is None):
            member.check(place.at(name))
    return True


def is_list(place: Cursor, limit: int, least: int = 0) -> bool:
    """Check that a value is a list of a bearable length; tell whether it is a list at all."""
    if not isinstance(place.value, list):
        place.wrong("a list")
        return False
    if len(place.value) > limit:
        place.report("too-many", f"At most {limit} entries are allowed here, not {len(place.value)}.")
        return False
    if len(place.value) < least:
        place.report("empty", "At least one entry is needed here.")
    return True


def text(limit: int, least: int = 1) -> Check:
    """Make the check for a text of Unicode characters within these lengths."""

    def check(place: Cursor) -> None:
        if not isinstance(place.value, str):
            place.wrong("a text")
        elif not least <= len(place.value) <= limit:
            place.report("wrong-length", f"This must have {least} to {limit} characters, not {len(place.value)}.")
        elif not is_unicode(place.value):
            place.report("not-unicode", "NUL and lone surrogates are not allowed in a text.")

    return check


def is_unicode(value: str) -> bool:
    """Tell whether a text can be stored and hashed: neither NUL nor a lone surrogate in it."""
    return "\0" not in value and (value.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in value))


def boolean(place: Cursor) -> None:
    """Check for true or false; 1 and "true" are neither."""
    if not isinstance(place.value, bool):
        place.wrong("true or false")


def key(place: Cursor) -> None:
    """Check a key: a letter or digit, then letters, digits, dots, underscores and hyphens."""
    if not is_key(place.value):
        place.report(
            "bad-key",
            f"A key has 1 to {limits.KEY_LENGTH} of the characters A-Z a-z 0-9 . _ - and begins with a letter or digit;"
            f" {shown(place.value)} does not.",
        )


def is_key(value: object) -> bool:
    """Tell whether a value can be the key of a document or the name of a backend."""
    return (
        isinstance(value, str)
        and 1 <= len(value) <= limits.KEY_LENGTH
        and value[0] in ALPHANUMERIC
        and _consists_of(value, KEY_CHARACTERS)
    )


def token(place: Cursor) -> None:
    """Check the name of an HTTP header or cookie."""
    value = place.value
    if not (isinstance(value, str) and 1 <= len(value) <= limits.KEY_LENGTH and _consists_of(value, TOKEN_CHARACTERS)):
        place.report("bad-token", f"{shown(value)} cannot be the name of a header or cookie (RFC 9110 §5.6.2).")


def tags(place: Cursor) -> None:
    """Check a list of short texts."""
    if is_list(place, limits.TAGS):
        for item in place.items():
            text(limits.KEY_LENGTH)(item)


def units(place: Cursor) -> None:
    """Check a list of units: texts that are not empty. Long lists are common, so faults are looked for in bulk."""
    if not is_list(place, limits.UNITS):
        return
    check = text(limits.UNIT_LENGTH)
    for index, unit in enumerate(place.value):
        if not (isinstance(unit, str) and 0 < len(unit) <= limits.UNIT_LENGTH and is_unicode(unit)):
            check(place.at(index))


def day_or_time(place: Cursor) -> None:
    """Check for a day, or a date-time with an offset."""
    value = place.value
    if not isinstance(value, str) or not (instant_of(value) or instant_of(f"{value}T00:00:00Z")):
        place.report("bad-date", f"{shown(value)} is neither a day (2027-03-01) nor a date-time with an offset.")


path = text(limits.PATH_LENGTH)
"""The name of an attribute, or a dotted path into nested objects."""

TEXTS: Shape = {
    "key": Member(key, required=True),
    "name": Member(text(limits.NAME_LENGTH, least=0)),
    "description": Member(text(limits.TEXT_LENGTH, least=0)),
    "owner": Member(text(limits.NAME_LENGTH, least=0)),
    "tags": Member(tags),
    "archived": Member(boolean),
    "createdAt": Member(text(limits.KEY_LENGTH)),
    "expires": Member(day_or_time),
    "salt": Member(text(limits.SALT_LENGTH)),
}
"""What a document has for people, and the salt that its splits begin with."""


def _consists_of(value: str, characters: Container[str]) -> bool:
    return all(character in characters for character in value)
