"""Why a metric does not let a rollout advance: each a clause that says what is missing, and since when."""

from collections.abc import Callable
from datetime import UTC, datetime

from flagsvc.domain.analysis.evidence import Evidence
from flagsvc.domain.analysis.findings import Finding
from flagsvc.domain.analysis.noninferiority import proves
from flagsvc.domain.analysis.spec import Analysis

Doubt = Callable[[Analysis, Evidence, Finding, float], str]
FRESH_WINDOWS = 3
_LAST_YEAR = 253_402_300_799.0


def doubt_of(analysis: Analysis, evidence: Evidence, finding: Finding, now: float) -> str:
    """Give the first reason why one metric is not known to be well, as a clause; empty when there is none."""
    return next(filter(None, (doubt(analysis, evidence, finding, now) for doubt in _DOUBTS)), "")


def is_fresh(analysis: Analysis, evidence: Evidence, finding: Finding, now: float) -> bool:
    """Whether a metric has data that are not too old, whatever they say."""
    return not _stale(analysis, evidence, finding, now)


def fresh_seconds(analysis: Analysis) -> float:
    """How old the end of a metric's last window with data may be."""
    return FRESH_WINDOWS * analysis.every_seconds + analysis.warmup_seconds


def _stale(analysis: Analysis, evidence: Evidence, finding: Finding, now: float) -> str:
    name = finding.metric.name
    known, why = evidence.known.get(name), evidence.silent.get(name, "")
    why = f": {why}" if why else ": no window was read"
    if known is None or known <= evidence.since:
        return f"no data yet in this step{why}"
    if not known <= now + analysis.every_seconds:
        return f"its last window ends in the future, at {clock(known)}"
    return "" if known >= now - fresh_seconds(analysis) else f"no data since {clock(known)}{why}"


def _outside(analysis: Analysis, evidence: Evidence, finding: Finding, now: float) -> str:
    in_a_row = evidence.breaches.get(finding.metric.name, 0)
    return f"out of bounds in {in_a_row} of {finding.metric.breaches} windows in a row" if in_a_row else ""


def _few(analysis: Analysis, evidence: Evidence, finding: Finding, now: float) -> str:
    enough = not finding.sequential or finding.events >= max(1, analysis.min_events)
    return "" if enough else f"the candidate had {finding.events:g} of {analysis.min_events} events"


def _unproven(analysis: Analysis, evidence: Evidence, finding: Finding, now: float) -> str:
    if analysis.advance_when != "proven" or not finding.sequential or proves(finding.log_proof, analysis.beta):
        return ""
    return f"not proven yet to be less than {analysis.prove_ratio:g} times as bad as the baseline"


_DOUBTS: tuple[Doubt, ...] = (_stale, _outside, _few, _unproven)


def clock(seconds: float) -> str:
    """Write a point in time for people: "2026-11-26T14:05:10Z"."""
    if not 0 <= seconds <= _LAST_YEAR:
        return f"{seconds:g}"
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
