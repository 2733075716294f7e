"""What an answer that is no snapshot means: a fault with a hint, and the delay that the other side asked for."""

import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime

import urllib3

from flagsdk.sources.source import SourceFault

_HINTS = {401: "is the token right?", 403: "is it an SDK token (fss_…)?", 404: "is the address right?"}
_REDIRECTS = range(300, 400)


def refusal(response: urllib3.BaseHTTPResponse, now: Callable[[], float] = time.time) -> SourceFault:
    """Make the fault of an answer other than 200; `retry_after` is read from Retry-After (RFC 9110, 10.2.3)."""
    status = response.status
    hint = _HINTS.get(status) or ("is the address right? Redirects are not followed" if status in _REDIRECTS else "")
    detail = f"the service answered {status}{'; ' if hint else ''}{hint}"
    return SourceFault(detail, _seconds(response, now))


def _seconds(response: urllib3.BaseHTTPResponse, now: Callable[[], float]) -> float:
    """Read seconds, or a date, by the clock of the other side where it tells its time. What is neither says nothing."""
    after = response.headers.get("Retry-After", "").strip()
    if after.isascii() and after.isdigit():
        return float(after)
    until = _instant(after)
    if until is None:
        return 0.0
    told = _instant(response.headers.get("Date", ""))
    return max(0.0, until - (now() if told is None else told))


def _instant(date: str) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp()
    except ValueError:
        return None
