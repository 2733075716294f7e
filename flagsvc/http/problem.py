"""Problems: RFC 9457 answers with a stable code, the request's id and pointers to every fault."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import Response

from flagsvc.domain.errors import Fault
from flagsvc.http.problem_codes import CODES

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "/docs/problems#"
MAX_DETAIL = 1000
MAX_FAULTS = 100
SAID_FAULTS = 3
"""So many are in the sentence, too."""


@dataclass(eq=False)
class Problem(Exception):
    """An answer other than success: raise it anywhere in a request and the caller receives it.

    `code` is a key of `CODES`; `detail` says what, where, and the fix; `extra` holds further members. The pointer of a
    fault is an RFC 6901 pointer into the body, or `query/NAME`, `path/NAME`, `header/NAME` for a parameter.
    """

    code: str
    detail: str
    faults: tuple[Fault, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def status(self) -> int:
        """HTTP status of this problem."""
        return CODES[self.code].status

    def members(self, instance: str, request_id: str) -> dict[str, Any]:
        """Make the JSON object that goes to the caller."""
        known = CODES[self.code]
        document: dict[str, Any] = {
            "type": TYPE_PREFIX + self.code,
            "title": known.title,
            "status": known.status,
            "detail": self.detail[:MAX_DETAIL],
            "instance": instance,
            "code": self.code,
            "requestId": request_id,
            "errors": [{"pointer": f.pointer, "code": f.code, "detail": f.detail} for f in self.faults[:MAX_FAULTS]],
        }
        return document | dict(self.extra)


def malformed(faults: Iterable[Fault]) -> Problem:
    """Say that the request cannot be read, for these reasons."""
    listed = tuple(faults)
    said = "; ".join(f"{fault.pointer or 'body'}: {fault.detail}" for fault in listed[:SAID_FAULTS])
    left = len(listed) - SAID_FAULTS
    more = f"; {left} more in `errors`" if left > 0 else ""
    return Problem("malformed", said + more, listed)


def render(problem: Problem, instance: str, request_id: str) -> Response:
    """Make the answer, which no cache keeps."""
    body = json.dumps(problem.members(instance, request_id), ensure_ascii=True, allow_nan=False)
    headers = {"Cache-Control": "no-store", **problem.headers}
    return Response(body, status_code=problem.status, headers=headers, media_type=MEDIA_TYPE)
