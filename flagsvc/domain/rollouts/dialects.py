"""Verdicts in the words of other controllers. Unknown is never a yes and never a no: it is what makes each one wait.

Shapes: argo-rollouts, metricproviders/webmetric (a GET whose JSON is picked apart by a JSONPath); flagger,
pkg/controller/webhook.go (a POST: a status up to 202 is a yes, everything else and no answer a no). Kayenta's is in
kayenta.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from flagsvc.domain.analysis.judging import verdict_of
from flagsvc.domain.analysis.measurement import Verdict, VerdictKind
from flagsvc.domain.rollouts.plan import Plan
from flagsvc.domain.rollouts.state import Phase, RolloutState
from flagsvc.domain.rollouts.verdicts import is_measured
from flagsvc.domain.rollouts.weights import judged_steps

LARGEST = 1e300
YES, NO = 200, 403

Hook = Literal["confirm-traffic-increase", "confirm-promotion", "rollback"]
SAYS_YES: Mapping[Hook, VerdictKind] = {
    "confirm-traffic-increase": "healthy",
    "confirm-promotion": "healthy",
    "rollback": "unhealthy",
}
"""Flagger's hook → the one verdict that is a yes to it."""

_NOT_YET: frozenset[Phase] = frozenset({"scheduled", "preparing"})
_BACK: frozenset[Phase] = frozenset({"rolling-back", "rolled-back", "aborted"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """A rollout's verdict as it stands now, its phase, and the revision of the environment, EPOCH.REVISION."""

    verdict: Verdict
    phase: Phase
    revision: str


def standing_verdict(plan: Plan, state: RolloutState, now: float) -> Verdict:
    """Judge a rollout for somebody else at `now`, Unix seconds: what is stored may have grown stale since.

    unhealthy stays so once it led back. A way back for any other cause, a rollout that has not begun, and weights that
    are being moved are unknown. Where there is no baseline any more the last verdict stands.
    """
    if state.phase in _NOT_YET:
        return _unknown(state, f"the rollout is {state.phase}")
    if state.phase in _BACK:
        led_back = state.automatic and state.verdict.kind == "unhealthy"
        return state.verdict if led_back else _unknown(state, f"the rollout is {state.phase}: {state.cause}")
    if state.verdict.kind == "unhealthy":
        return state.verdict
    if state.phase == "moving" or (state.phase == "paused" and state.resume_to == "moving"):
        return _unknown(state, "weights are being moved")
    if plan.analysis is None or state.evidence is None or not is_measured(plan, state):
        return state.verdict
    return verdict_of(plan.analysis, state.evidence, now, judged_steps(plan))


def verdict_members(spoken: Spoken) -> dict[str, Any]:
    """Write a verdict as one JSON object, for Argo Rollouts' metrics of kind web and for whoever else can read one."""
    verdict = spoken.verdict
    return {
        "verdict": verdict.kind,
        "e": min(verdict.e, LARGEST),
        "p": verdict.p,
        "metric": verdict.metric or None,
        "reason": verdict.reason,
        "phase": spoken.phase,
        "revision": spoken.revision,
    }


def hook_status(hook: Hook, kind: VerdictKind) -> int:
    """Answer Flagger's question by a status: 200 for yes, 403 for no, which makes it wait or go on as it was."""
    return YES if kind == SAYS_YES[hook] else NO


def _unknown(state: RolloutState, reason: str) -> Verdict:
    return replace(state.verdict, kind="unknown", reason=reason, proven=False)
