"""JSON pointers (RFC 6901) into answers, with variables in them."""

from collections.abc import Mapping
from typing import Any

from flagsvc.domain.calls import CallError

Absent = KeyError


def demand_pointer(pointer: Any) -> None:
    """Pass for a JSON pointer; raises ValueError."""
    if not isinstance(pointer, str) or (pointer and not pointer.startswith("/")):
        raise ValueError("expected a JSON pointer, such as /data/0/errors")
    if any(part[:1] not in {"0", "1"} for part in pointer.split("~")[1:]):
        raise ValueError("in a JSON pointer ~ stands only in ~0 (for ~) and ~1 (for /)")


def at(document: Any, pointer: str) -> Any:
    """Give what is at a pointer; raises CallError where the document has another shape, Absent where nothing is there.

    A member that is null is there no more than one that is missing.
    """
    for step in pointer.split("/")[1:]:
        document = _step(document, step.replace("~1", "/").replace("~0", "~"), pointer)
    if document is None:
        raise Absent(pointer)
    return document


def escaped(variables: Mapping[str, str]) -> Mapping[str, str]:
    """Give variables so that each stands for one step of a pointer."""
    return {name: value.replace("~", "~0").replace("/", "~1") for name, value in variables.items()}


def _step(document: Any, step: str, pointer: str) -> Any:
    if isinstance(document, dict):
        if step not in document:
            raise Absent(pointer)
        return document[step]
    if isinstance(document, list):
        if not (step.isascii() and step.isdigit() and (step == "0" or step[0] != "0")):
            raise CallError(f"{pointer}: {step!r} is no place in a list")
        if len(step) > len(str(len(document))) or int(step) >= len(document):
            raise Absent(pointer)
        return document[int(step)]
    if document is None:
        raise Absent(pointer)
    raise CallError(f"{pointer}: the answer has another shape")
