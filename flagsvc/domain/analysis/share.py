"""Whether the candidate gets the share that it was given: told is not seen.

Distinct units are judged by a test that stays valid however often one looks (Beta-binomial mixture, as for routers:
domain/routing/share.py), while the share stands: one process per step, and all steps share `ALPHA`. Units, not
requests: the requests of one unit come together, and would raise the alarm for healthy splits. Where only requests are
counted, their share has to be within half and twice the given one over a whole window. Off is an alarm and unknown to
the rollout; it never advances, and rolls nothing back by itself.
"""

from dataclasses import dataclass
from math import inf, isfinite
from typing import Literal

from flagsvc.domain.analysis.spec import Unit
from flagsvc.domain.routing.share import contradicts, evidence

ALPHA = 0.001
"""Chance of a false alarm over all steps of a healthy rollout."""
LEAST_EXPECTED = 12.0
"""So many units must have been expected on the smaller side before their share is called right."""
LEAST_REQUESTS = 1000.0
"""So many requests must be in a window before its share is judged."""
LEAST_WHOLE = 100.0
"""So many units must have been seen where one side should get none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareVerdict:
    """ok: as given. off: certainly not. unknown: too little was seen. `log_e`: ln of the evidence against it."""

    kind: Literal["ok", "off", "unknown"]
    detail: str
    log_e: float = 0.0


def share_of(of: Unit, candidate: float, others: float, given: float, steps: int) -> ShareVerdict:
    """Judge the share that was seen against the one `given` (0 to 1).

    units: distinct ones since the step began (after the drain time), of all `steps` that share the error rate.
    requests: those of one window.
    """
    if not (isfinite(candidate) and isfinite(others)) or candidate < 0 or others < 0:
        return ShareVerdict(kind="unknown", detail="what was counted is no count")
    kind, log_e = _units(candidate, others, given, steps) if of == "units" else _requests(candidate, others, given)
    return ShareVerdict(kind=kind, detail=_words(of, candidate, others, given), log_e=log_e)


def _units(candidate: float, others: float, given: float, steps: int) -> tuple[Literal["ok", "off", "unknown"], float]:
    ours, theirs = int(candidate), int(others)
    if contradicts(ours, theirs, given, ALPHA / max(1, steps)):
        return "off", min(evidence(ours, theirs, given), 700.0)
    total = ours + theirs
    enough = total >= LEAST_WHOLE if given in {0.0, 1.0} else min(given, 1 - given) * total >= LEAST_EXPECTED
    return "ok" if enough else "unknown", evidence(ours, theirs, given)


def _requests(candidate: float, others: float, given: float) -> tuple[Literal["ok", "off", "unknown"], float]:
    total = candidate + others
    if (given == 0 and candidate) or (given == 1 and others):
        return "off", 0.0
    if total < LEAST_REQUESTS:
        return "unknown", 0.0
    within = given / 2 <= candidate / total <= 2 * given and (1 - given) / 2 <= others / total <= 2 * (1 - given)
    return "ok" if within else "off", 0.0


def _words(of: Unit, candidate: float, others: float, given: float) -> str:
    total = candidate + others
    seen = f"{100 * candidate / total:.3g} %" if 0 < total < inf else "nothing"
    return f"{100 * given:.3g} % given, {seen} seen, of {total:.0f} {of}"
