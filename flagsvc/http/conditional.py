"""Conditional requests: ETags are versions. RFC 9110, sections 8.8 and 13."""

import re  # fixed patterns over bounded header values
from dataclasses import dataclass

from starlette.datastructures import Headers

from flagsvc.domain.errors import Fault
from flagsvc.http.problem import malformed

_TAG = re.compile(r'(?:W/)?("[\x21\x23-\x7e]*")')
_TAGS = re.compile(r'\s*(?:W/)?"[\x21\x23-\x7e]*"\s*(?:,\s*(?:W/)?"[\x21\x23-\x7e]*"\s*)*')
_VERSION = re.compile(r'"(0|[1-9][0-9]{0,14})"')
NO_SUCH_VERSION = -1
"""Stands for a well-formed ETag that is none of ours: it matches no document."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a write demands of the present document: a version, that there is none (`absent`), or nothing."""

    version: int | None = None
    absent: bool = False


def etag(version: int) -> str:
    """Write the strong entity tag of a version."""
    return f'"{version}"'


def expectation(headers: Headers) -> Expectation:
    """Read the demand in `If-Match: "N"` or `If-None-Match: *`. `If-Match: *` names no version, so it demands none.

    Raises Problem 400 for headers that are neither.
    """
    match, none_match = headers.get("if-match"), headers.get("if-none-match")
    if none_match is not None and none_match.strip() != "*":
        raise malformed([Fault("header/If-None-Match", "not-an-etag", "a write takes only `*` here")])
    if match is None or match.strip() == "*":
        return Expectation(absent=none_match is not None)
    if none_match is not None or not _TAG.fullmatch(match.strip()):
        raise malformed([Fault("header/If-Match", "not-an-etag", 'one quoted ETag is needed, such as "42"')])
    version = _VERSION.fullmatch(match.strip())  # strong comparison: a weak tag matches nothing
    return Expectation(version=int(version[1]) if version else NO_SUCH_VERSION)


def unchanged(headers: Headers, tag: str) -> bool:
    """Whether a read may be answered 304: `If-None-Match` lists this tag (weak comparison) or is `*`."""
    listed = headers.get("if-none-match")
    if listed is None:
        return False
    if listed.strip() == "*":
        return True
    return bool(_TAGS.fullmatch(listed)) and tag in _TAG.findall(listed)
