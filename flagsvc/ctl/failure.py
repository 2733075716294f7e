"""How a command ends when it does not end well: in one or two lines, and with a code that scripts can tell apart."""

from collections.abc import Mapping
from typing import Any

DONE, ERROR, USAGE, DIFFERENT, STALE, APPROVAL, WAITED = range(7)
INTERRUPTED = 130
EXIT_CODES: Mapping[int, str] = {
    DONE: "done",
    ERROR: "error",
    USAGE: "wrong usage, or a question that nobody was there to answer",
    DIFFERENT: "there are differences",
    STALE: "somebody else changed it meanwhile: look again",
    APPROVAL: "waits for somebody's approval",
    WAITED: "waited in vain; or a rollout that was aborted or rolled back",
    INTERRUPTED: "interrupted (Ctrl-C); a rollout that was watched goes on",
}
"""Every code that the program ends with."""
_CODES = {"stale-version": STALE, "malformed": USAGE}


class Failure(Exception):
    """Ends the command: `detail` says what is wrong, `remedy` what to do about it."""

    def __init__(self, detail: str, code: int = ERROR, remedy: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code
        self.remedy = remedy


class Refused(Failure):
    """The service said no: `problem` is its RFC 9457 document, or as much as could be read of one."""

    def __init__(self, status: int, problem: Mapping[str, Any], remedy: str = "") -> None:
        self.status = status
        self.problem = problem
        word = str(problem.get("code", ""))
        detail = str(problem.get("detail") or problem.get("title") or f"the service answered {status}")
        request = f" (request {problem['requestId']})" if problem.get("requestId") else ""
        super().__init__(detail + request, _CODES.get(word, ERROR), remedy or _REMEDIES.get(word, ""))

    @property
    def word(self) -> str:
        """The stable code of the problem, "" when there is none."""
        return str(self.problem.get("code", ""))


class Unreachable(Failure):
    """No usable answer came. `sent`: the request may have arrived, so that nobody knows whether it was carried out."""

    def __init__(self, detail: str, *, sent: bool = False) -> None:
        super().__init__(
            detail, remedy="Nobody knows whether it was carried out: look before you repeat it." if sent else ""
        )
        self.sent = sent


_REMEDIES = {
    "unauthenticated": "Log in again: flagctl login.",
    "stale-version": "Look at what it is now, and repeat the command.",
    "reason-required": "Say why: --reason.",
    "archived": "Restore it first.",
}
