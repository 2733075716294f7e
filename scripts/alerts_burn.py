"""Alerts on error budgets: of a thousand answers one may be an error, and how fast that is being used up.

Two windows each, so that an alert comes soon and goes soon: the long one shows that it matters, the short one that it
is still so. Source: Site Reliability Workbook, chapter 5, "Multiwindow, Multi-Burn-Rate Alerts".
"""

from collections.abc import Iterator
from typing import NamedTuple

BUDGET = 0.001
SHARE = "{{ $value | humanizePercentage }}"
LEAST_ERRORS = 10
"""In the long window: below that a share says nothing."""


class Burn(NamedTuple):
    """How fast: `factor` times what would use up the budget in 30 days."""

    severity: str
    held: str
    factor: float
    short: str
    long: str


class Kind(NamedTuple):
    """What is counted: a counter, the labels of errors, and those of what is left out."""

    alert: str
    counter: str
    errors: str
    but: str
    what: str


BURNS = (Burn("critical", "2m", 14.4, "5m", "1h"), Burn("warning", "15m", 6, "30m", "6h"))
KINDS = (
    Kind("HttpErrorsBurn", "flagsvc_http_requests_total", 'status=~"5.."', 'route!~"/health.*"', "answers are 5xx"),
    Kind("EvaluationErrorsBurn", "flagsvc_evaluations_total", 'reason="ERROR"', "", "evaluations are errors"),
)


def burns(by: str) -> Iterator[tuple[str, str, str, str, str, str]]:
    """Give the fields of each alert; `by`: the labels that one installation's replicas have in common."""
    for kind in KINDS:
        for burn in BURNS:
            shares = [_share(kind, window, by) for window in (burn.long, burn.short)]
            bound = f"{burn.factor * BUDGET:.6g}"
            enough = f"sum by ({by}) (increase({_selected(kind)}[{burn.long}])) > {LEAST_ERRORS}"
            yield (
                kind.alert,
                burn.severity,
                burn.held,
                f"{shares[0]} > {bound} and {shares[1]} > {bound} and {enough}",
                f"Too many {kind.what}",
                f"{SHARE} of all in {burn.long}, and it goes on: {burn.factor:g} times what 99.9 % allows.",
            )


def _share(kind: Kind, window: str, by: str) -> str:
    every = f"{kind.counter}{{{kind.but}}}" if kind.but else kind.counter
    return f"sum by ({by}) (rate({_selected(kind)}[{window}])) / sum by ({by}) (rate({every}[{window}]))"


def _selected(kind: Kind) -> str:
    return f"{kind.counter}{{{', '.join(part for part in (kind.errors, kind.but) if part)}}}"
