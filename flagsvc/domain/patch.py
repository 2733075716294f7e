"""Partial edits of a document: merge patch (RFC 7396) and JSON Patch (RFC 6902)."""

from dataclasses import dataclass
from typing import Any

import jsonpatch
import jsonpointer

from flagsvc.domain.errors import BadPatch


@dataclass(frozen=True, slots=True)
class Patch:
    """An edit relative to the document as it is; `kind` is "merge" or "json"."""

    kind: str
    body: Any

    def apply(self, document: dict[str, Any]) -> dict[str, Any]:
        """Give the edited copy; raises BadPatch when the patch does not fit, the result is no object, or too large."""
        result = merged(document, self.body) if self.kind == "merge" else _patched(document, self.body)
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
    try:
        return jsonpatch.JsonPatch(operations).apply(document)
    except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException, TypeError, ValueError, KeyError) as fault:
        raise BadPatch(f"The patch cannot be applied: {fault}") from fault
