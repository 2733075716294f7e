"""Partial edits of a document: merge patch (RFC 7396) and JSON Patch (RFC 6902)."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import jsonpatch
import jsonpointer

from flagsvc.domain.errors import BadPatch

UNFIT = (
    *(jsonpatch.JsonPatchException, jsonpointer.JsonPointerException),
    *(TypeError, ValueError, KeyError, RecursionError),  # what the library lets through
)
MAX_OPERATIONS = 1_000
MAX_PARTS = 500_000


@dataclass(frozen=True, slots=True)
class Patch:
    """An edit relative to the document as it is; `kind` is "merge" or "json", or "replace" for a whole new body."""

    kind: str
    body: Any

    def apply(self, document: dict[str, Any]) -> dict[str, Any]:
        """Give the edited copy; raises BadPatch when the patch does not fit, the result is no object, or too large."""
        result = KINDS[self.kind](document, self.body)
        if not isinstance(result, dict):
            raise BadPatch("The patch does not leave a JSON object.")
        return result


def merged(target: Any, patch: Any) -> Any:
    """Apply a merge patch (RFC 7396 section 2): null removes, objects merge, everything else replaces."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result


def difference(before: Any, after: Any) -> list[dict[str, Any]]:
    """Give a JSON Patch that turns one JSON value into the other."""
    operations: list[dict[str, Any]] = jsonpatch.make_patch(before, after).patch
    return operations


def _patched(document: dict[str, Any], operations: Any) -> Any:
    """Apply one operation after the other, so that copies of copies cannot outgrow the memory."""
    if not isinstance(operations, list) or len(operations) > MAX_OPERATIONS:
        raise BadPatch(f"A JSON Patch is a list of at most {MAX_OPERATIONS} operations.")
    result: Any = deepcopy(document)
    try:
        for operation in jsonpatch.JsonPatch(operations).patch:
            result = jsonpatch.JsonPatch([operation]).apply(result, in_place=True)
            if operation["op"] == "copy":
                _demand_bearable(result)
    except UNFIT as fault:
        raise BadPatch(f"The patch cannot be applied: {fault}") from fault
    return result


def _demand_bearable(document: Any) -> None:
    parts, count = [document], 0
    while parts:
        part = parts.pop()
        parts.extend(part.values() if isinstance(part, dict) else part if isinstance(part, list) else ())
        count += 1
        if count > MAX_PARTS:
            raise BadPatch(f"The patch makes a document of more than {MAX_PARTS} parts.")


KINDS: dict[str, Callable[[dict[str, Any], Any], Any]] = {
    "merge": merged,
    "json": _patched,
    "replace": lambda _, body: body,
}
