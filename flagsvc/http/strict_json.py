"""Strict JSON: bytes in, values out, or every reason why not; and out again. Knows nothing of HTTP."""

import json
import math
import re  # fixed pattern, possessive throughout: linear in the body
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flagsvc.domain.errors import Fault
from flagsvc.http.problem import MAX_FAULTS

MAX_DEPTH = 32
MAX_INTEGER = 2**53 - 1  # what every JSON reader can hold exactly (RFC 8259, section 6)
MAX_INTEGER_DIGITS = 16

_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_NOT_A_BRACKET = bytes(set(range(256)) - set(b"[]{}"))


class Unreadable(Exception):
    """The text is not the JSON we accept; `faults` lists why, with pointers."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(faults)
        self.faults = faults


def encoded(content: Any) -> bytes:
    """Write a JSON text in UTF-8 without spaces. NaN cannot be written: that is a ValueError."""
    return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def parse(body: bytes) -> Any:
    """Read a JSON text in UTF-8; numbers keep their type.

    Raises Unreadable for anything a second reader could understand differently: duplicate names, NaN and infinities,
    integers beyond ±(2^53 - 1), NUL, lone surrogates, more than 32 levels. Takes time linear in the body.
    """
    if too_deep(body):
        raise Unreadable(Fault("", "too-deep", f"more than {MAX_DEPTH} levels of nesting"))
    try:
        value = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_float,
            parse_constant=_Refused.constant,
        )
    except UnicodeDecodeError as error:
        raise Unreadable(Fault("", "not-utf-8", f"byte {error.start} is not UTF-8")) from None
    except json.JSONDecodeError as error:
        detail = f"{error.msg}, line {error.lineno} column {error.colno}"
        raise Unreadable(Fault("", "not-json", detail)) from None
    faults = faults_in(value)
    if faults:
        raise Unreadable(*faults)
    return value


def too_deep(body: bytes, limit: int = MAX_DEPTH) -> bool:
    """Whether a parser would have to go deeper than `limit`, found without a parser: peel the innermost brackets."""
    brackets = _STRING.sub(b"", body).translate(None, _NOT_A_BRACKET)
    for _ in range(limit):
        peeled = brackets.replace(b"[]", b"").replace(b"{}", b"")
        if peeled == brackets:
            return brackets.count(b"[") + brackets.count(b"{") > limit
        brackets = peeled
    return bool(brackets)


def faults_in(value: Any) -> list[Fault]:
    """Find what no document, name or context may hold, with a pointer to each place (the first 100)."""
    found: list[Fault] = []
    for fault in _walk(value, ""):
        found.append(fault)
        if len(found) == MAX_FAULTS:
            break
    return found


def text_fault(text: str, pointer: str) -> Fault | None:
    """Find the fault of a text that holds NUL or half a character, or None."""
    if "\0" in text:
        return Fault(pointer, "nul", "holds the character NUL")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        return Fault(pointer, "lone-surrogate", f"holds half a character at position {error.start}")
    return None


def escape(name: str) -> str:
    """One reference token of a JSON pointer; RFC 6901, section 3. Always encodable."""
    return name.replace("~", "~0").replace("/", "~1").encode("utf-8", "replace").decode()


@dataclass(frozen=True, slots=True)
class _Refused:
    """Stands in the parsed value where something was refused, so that the walk can name the place."""

    code: str
    detail: str

    @classmethod
    def constant(cls, name: str) -> "_Refused":
        return cls("not-finite", f"{name} is not a JSON number")


class _Duplicated(dict[str, Any]):
    """An object that named some members twice."""

    names: frozenset[str] = frozenset()


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) == len(pairs):
        return members
    marked = _Duplicated(members)
    marked.names = frozenset(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
    return marked


def _integer(text: str) -> int | _Refused:
    if len(text.lstrip("-")) <= MAX_INTEGER_DIGITS and abs(number := int(text)) <= MAX_INTEGER:
        return number
    return _Refused("integer-too-large", "the integer is beyond ±(2^53 - 1)")


def _float(text: str) -> float | _Refused:
    number = float(text)
    return number if math.isfinite(number) else _Refused("not-finite", "the number is too large for a double")


def _walk(value: Any, pointer: str) -> Iterator[Fault]:
    match value:
        case str():
            if fault := text_fault(value, pointer):
                yield fault
        case dict():
            yield from _walk_object(value, pointer)
        case list():
            for index, item in enumerate(value):
                yield from _walk(item, f"{pointer}/{index}")
        case _Refused():
            yield Fault(pointer, value.code, value.detail)
        case _:  # numbers that were accepted, true, false, null
            return


def _walk_object(members: Mapping[str, Any], pointer: str) -> Iterator[Fault]:
    for name, item in members.items():
        place = f"{pointer}/{escape(name)}"
        if fault := text_fault(name, place):
            yield fault
        if isinstance(members, _Duplicated) and name in members.names:
            yield Fault(place, "duplicate-name", "the name stands twice in one object")
        yield from _walk(item, place)
