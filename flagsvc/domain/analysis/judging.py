"""The analysis as the machine of a rollout sees it: evidence goes on from window to window, verdicts come out of it.

Taking windows in is in intake.py, the decision in verdicts.py, the blast radius in exposure.py.
"""

from flagsvc.domain.analysis.exposure import exposure_of
from flagsvc.domain.analysis.intake import fresh, measured, primed, step_begun
from flagsvc.domain.analysis.stored import evidence_of, verdict_of_members
from flagsvc.domain.analysis.verdicts import verdict_of

__all__ = [
    "evidence_of",
    "exposure_of",
    "fresh",
    "measured",
    "primed",
    "step_begun",
    "verdict_of",
    "verdict_of_members",
]
