"""Why a rollout went back, in one word of few: what metrics may be counted by."""

from typing import Literal

from flagsvc.domain.rollouts.state import RolloutState

NOTHING_KNOWN = "nothing was known for"
"""How the cause begins of a rollout that went back because nobody knew how the candidate does."""

Cause = Literal["person", "unhealthy", "unknown", "failed"]


def cause_of(state: RolloutState) -> Cause:
    """Say who or what turned a rollout back.

    `person`: somebody asked for it; `unhealthy`: the verdict; `unknown`: no verdict for too long; `failed`: a gate, a
    hook, a router, somebody else's change.
    """
    if not state.automatic:
        return "person"
    if state.cause.startswith(NOTHING_KNOWN):
        return "unknown"
    return "unhealthy" if state.verdict.kind == "unhealthy" and state.cause == state.verdict.reason else "failed"
