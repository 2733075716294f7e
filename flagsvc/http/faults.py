"""What pydantic found wrong, as faults with JSON pointers."""

from collections.abc import Sequence

from pydantic import ValidationError

from flagsvc.domain.errors import Fault
from flagsvc.http.problem import MAX_FAULTS
from flagsvc.http.strict_json import escape

UNION_MARK = "~"
"""First character of the tags of tagged unions: pydantic puts them into locations, where the request has no level."""

_OUR_OWN = "Value error, "
"""What pydantic puts before the message of a ValueError that a type of ours raised."""

_CODES = {
    "extra_forbidden": ("unknown-member", "is not known here"),
    "missing": ("missing", "is needed"),
    "string_pattern_mismatch": ("bad-form", None),
}


def faults_of(error: ValidationError, root: str = "") -> list[Fault]:
    """Every fault (the first 100), in the order of the request; `root` stands before each pointer."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return [_fault(entry["type"], entry["msg"], entry["loc"], root) for entry in found[:MAX_FAULTS]]


def _fault(kind: str, message: str, location: Sequence[int | str], root: str) -> Fault:
    code, detail = _CODES.get(kind, (kind.replace("_", "-"), None))
    steps = [str(step) for step in location if not str(step).startswith(UNION_MARK) and step != "[key]"]
    pointer = "".join(f"/{escape(step)}" for step in steps)
    return Fault(f"{root}{pointer[1:] if root else pointer}", code, detail or message.removeprefix(_OUR_OWN))
