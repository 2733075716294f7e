"""What the parts of a plan are made of: durations, numbers, words, addresses, and free JSON of a bearable size."""

import json
from collections.abc import Iterator
from string import ascii_letters, digits
from typing import Any

from flagsdk.core.validate.cursor import Cursor, shown
from flagsdk.core.validate.limits import INTEGER
from flagsdk.core.validate.shapes import Check, is_key
from flagsvc.domain.durations import FORM, duration_of, seconds_of

MAX_DEPTH = 16
MAX_FREE_LENGTH = 10_000
MAX_URL_LENGTH = 2_000
MAX_PORT = 65_535
SCHEMES = ("http://", "https://")
_HOST = frozenset(ascii_letters + digits + ".-_")
_ADDRESS = frozenset("0123456789abcdefABCDEF:.")
_URL = frozenset(ascii_letters + digits + "-._~:/?[]!$&'()*+,;=%@")


def duration(least: float, most: float) -> Check:
    """Make the check for a duration between two numbers of seconds."""

    def check(place: Cursor) -> None:
        seconds = _seconds(place.value)
        if seconds is None:
            place.wrong(FORM)
        elif not least <= seconds <= most:
            bounds = f"{duration_of(least)} to {duration_of(most)}"
            place.report("out-of-range", f"This may be from {bounds}, not {shown(place.value)}.")

    return check


def _seconds(value: object) -> float | None:
    try:
        return seconds_of(value) if isinstance(value, str) else None
    except ValueError:
        return None


def whole(least: int, most: int = INTEGER) -> Check:
    """Make the check for an integer between two others."""

    def check(place: Cursor) -> None:
        if type(place.value) is not int or not least <= place.value <= most:
            place.wrong(f"an integer from {least} to {most}")

    return check


def number(least: float, most: float, *, between: bool = False) -> Check:
    """Make the check for a number from `least` to `most`; with `between` it may be neither of them."""

    def check(place: Cursor) -> None:
        if not is_number(place.value):
            place.wrong("a number")
        elif not least <= place.value <= most or (between and place.value in (least, most)):
            words = f"between {least:g} and {most:g}" if between else f"from {least:g} to {most:g}"
            place.report("out-of-range", f"This must be {words}, not {shown(place.value)}.")

    return check


def is_number(value: object) -> bool:
    """Tell whether a JSON value is a number; NaN and the infinities are none, and neither is true."""
    return type(value) is int or (type(value) is float and value - value == 0)


def one_of(*words: str) -> Check:
    """Make the check for one word out of these; the nearest one is suggested for any other."""

    def check(place: Cursor) -> None:
        if not isinstance(place.value, str):
            place.wrong(" or ".join(map(repr, words)))
        elif place.value not in words:
            place.unknown("word", words)

    return check


def name(place: Cursor) -> None:
    """Check what a target, gate or metric is called: it stands in addresses, so it has the form of a key."""
    if not is_key(place.value):
        detail = f"A name has the form of a key (A-Z a-z 0-9 . _ -), for instance edge-1; {shown(place.value)} has not."
        place.report("bad-name", detail)


def url(place: Cursor) -> None:
    """Check an http or https address that has a host, no user and no fragment; RFC 3986 without the rarer forms."""
    value = place.value
    if not isinstance(value, str):
        place.wrong("an address that begins with http:// or https://")
    elif fault := next(_url_faults(value), ""):
        place.report("bad-url", f"{shown(value)} cannot be asked: {fault}.")


def free(place: Cursor) -> None:
    """Check an object whose members belong to somebody else: only how deep and how large it is."""
    if not isinstance(place.value, dict):
        place.wrong("an object")
    elif _depth(place.value) > MAX_DEPTH:
        place.report("too-deep", f"This may be nested {MAX_DEPTH} deep.")
    elif len(json.dumps(place.value)) > MAX_FREE_LENGTH:
        place.report("too-long", f"This may have {MAX_FREE_LENGTH} characters as JSON.")


def unique(items: Iterator[tuple[Cursor, Any]], what: str) -> None:
    """Report each item whose value, where it has one, came before; `what` is the sentence's subject."""
    seen: set[Any] = set()
    for place, value in items:
        if value in seen:
            place.report("duplicate", f"{what} {shown(value)} is there already: take another.")
        seen.add(value)


def objects(place: Cursor) -> Iterator[Cursor]:
    """Yield the objects of a list and their places; whatever else is there is passed over."""
    if isinstance(place.value, list):
        yield from (item for item in place.items() if isinstance(item.value, dict))


def _url_faults(value: str) -> Iterator[str]:
    scheme = next((scheme for scheme in SCHEMES if value.startswith(scheme)), None)
    if len(value) > MAX_URL_LENGTH:
        yield f"an address may have {MAX_URL_LENGTH} characters"
    if scheme is None:
        yield "it must begin with http:// or https://"
        return
    if not set(value) <= _URL:
        yield "spaces, fragments and everything outside ASCII must be left out or written as %XX"
    yield from _authority_faults(value.removeprefix(scheme).partition("/")[0].partition("?")[0])


def _authority_faults(authority: str) -> Iterator[str]:
    if "@" in authority:
        yield "a user and a password do not belong into it; send a header"
    host, port = _cut(authority)
    if not _is_host(host):
        yield "it names no host"
    if port and not (port.isascii() and port.isdigit() and 1 <= int(port[:9]) <= MAX_PORT):
        yield f"its port is not a number from 1 to {MAX_PORT}"


def _cut(authority: str) -> tuple[str, str]:
    """Cut an authority into host and port; the host of an IPv6 address keeps its brackets."""
    host, colon, port = authority.rpartition(":")
    if authority.endswith("]") or not colon:
        return authority, ""
    return host, port or "none"


def _is_host(host: str) -> bool:
    if host.startswith("[") and host.endswith("]"):
        return ":" in host and set(host[1:-1]) <= _ADDRESS
    return bool(host) and set(host) <= _HOST and host[0] not in ".-"


def _depth(value: Any) -> int:
    """Count the levels of a JSON value, up to one more than may be."""
    level, depth = [value], 0
    while level and depth <= MAX_DEPTH:
        level = [part for each in level for part in _parts(each)]
        depth += 1
    return depth


def _parts(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
