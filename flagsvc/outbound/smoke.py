"""Smoke tests: HTTP requests in their order, and what was wrong with each answer."""

import time
from collections.abc import Iterator, Sequence

from flagsvc.domain.rollouts.plan import Check
from flagsvc.outbound.guarded import Answer, Guarded, Request, Unreached
from flagsvc.outbound.outcome import Outcome, outcome
from flagsvc.outbound.target import Barred, shown

MOST_SECONDS = 60.0
"""For all checks of one test together."""
MOST_BYTES = 1_048_576
"""So much of an answer is searched."""


def smoke(client: Guarded, checks: Sequence[Check]) -> Outcome:
    """Make every check, whatever became of those before it, within a minute; failed names all that is wrong."""
    until = time.monotonic() + MOST_SECONDS
    wrong = [fault for check in checks for fault in _faults(client, check, until)]
    if wrong:
        return outcome("failed", "; ".join(wrong))
    if not checks:
        return outcome("failed", "there is nothing to check")
    return outcome("passed", f"{len(checks)} check{'s' * (len(checks) > 1)} passed")


def _faults(client: Guarded, check: Check, until: float) -> Iterator[str]:
    place = f"{check.method} {shown(check.url)}"
    left = until - time.monotonic()
    if left <= 0:
        yield f"{place}: not tried, the checks before it took {MOST_SECONDS:g} s"
        return
    body = check.body.encode(errors="replace") if check.body else None
    request = Request(check.method, check.url, check.headers, body)
    try:
        answer = client.ask(request, min(check.timeout_seconds, left), MOST_BYTES if check.contains else 0)
    except (Barred, Unreached) as error:
        yield f"{place}: {error}"
        return
    yield from (f"{place} {words}" for words in _unlike(check, answer))


def _unlike(check: Check, answer: Answer) -> Iterator[str]:
    if answer.status not in check.statuses:
        yield f"gave {answer.status}, wanted {' or '.join(map(str, check.statuses))}"
    elif check.contains and check.contains.encode(errors="replace") not in answer.body:
        where = "" if answer.whole else f" in its first {MOST_BYTES} bytes"
        yield f"gave {answer.status} without {check.contains[:100]!r}{where}"
