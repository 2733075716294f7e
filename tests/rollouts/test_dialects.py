"""Verdicts in the words of others: unknown is a yes to nobody, a no to nobody, and whatever is stale is unknown."""

from dataclasses import replace
from typing import get_args

import pytest

from flagsvc.domain.analysis.judging import fresh, measured, step_begun, verdict_of
from flagsvc.domain.analysis.measurement import Verdict, VerdictKind
from flagsvc.domain.rollouts.dialects import (
    SAYS_YES,
    Hook,
    Spoken,
    hook_status,
    standing_verdict,
    verdict_members,
)
from flagsvc.domain.rollouts.events import Tick
from flagsvc.domain.rollouts.machine import decide
from flagsvc.domain.rollouts.plan import Plan, Step
from flagsvc.domain.rollouts.state import Phase, RolloutState
from tests.rollouts.worlds import START, canary, judged, window

PLAN = canary(analysis=judged())
WINDOWS = 20
NOW = START + 15 * WINDOWS
KINDS: tuple[VerdictKind, ...] = get_args(VerdictKind)


def state(bad: float = 10.0, **members: object) -> RolloutState:
    """Give a rollout whose first step is judged since twenty windows, with so many bad events in each."""
    analysis = judged()
    evidence = step_begun(analysis, fresh(analysis, 3, START), START)
    for number in range(WINDOWS):
        evidence = measured(analysis, evidence, window(START + 15 * number, bad), 3)
    found = verdict_of(analysis, evidence, NOW, 3)
    given = {"phase": "baking", "step": 0, "begun": 1, "held_since": START, "evidence": evidence, "verdict": found}
    return RolloutState(**{**given, **members})  # type: ignore[arg-type]


def spoken(kind: VerdictKind, reason: str = "r", **members: object) -> Spoken:
    verdict = Verdict(kind=kind, reason=reason, **members)  # type: ignore[arg-type]
    return Spoken(verdict=verdict, phase="baking", revision="k3v9.42")


def test_a_judged_step_is_healthy_or_not_as_its_windows_say() -> None:
    assert standing_verdict(PLAN, state(), NOW).kind == "healthy"
    assert standing_verdict(PLAN, state(bad=500.0), NOW).kind == "unhealthy"


def test_a_healthy_verdict_that_nobody_renews_is_soon_unknown() -> None:
    stale = standing_verdict(PLAN, state(), NOW + 3600)

    assert state().verdict.kind == "healthy"
    assert stale.kind == "unknown"
    assert "no data since" in stale.reason


def test_an_unhealthy_verdict_is_not_forgotten() -> None:
    assert standing_verdict(PLAN, state(bad=500.0), NOW + 3600).kind == "unhealthy"
    assert standing_verdict(PLAN, state(bad=500.0, phase="paused", resume_to="baking"), NOW + 3600).kind == "unhealthy"


@pytest.mark.parametrize("phase", ["scheduled", "preparing", "moving"])
def test_what_has_not_begun_or_is_being_moved_is_unknown(phase: Phase) -> None:
    found = standing_verdict(PLAN, state(phase=phase), NOW)

    assert (found.kind, found.proven) == ("unknown", False)


def test_a_pause_while_weights_are_moved_is_unknown() -> None:
    assert standing_verdict(PLAN, state(phase="paused", resume_to="moving"), NOW).kind == "unknown"
    assert standing_verdict(PLAN, state(phase="paused", resume_to="baking"), NOW).kind == "healthy"


@pytest.mark.parametrize("phase", ["rolling-back", "rolled-back", "aborted"])
def test_only_its_own_bad_verdict_makes_a_way_back_unhealthy(phase: Phase) -> None:
    by_itself = standing_verdict(PLAN, state(bad=500.0, phase=phase, automatic=True), NOW)
    by_a_gate = standing_verdict(PLAN, state(phase=phase, automatic=True, cause="the gate 'smoke' failed"), NOW)
    by_a_person = standing_verdict(PLAN, state(bad=500.0, phase=phase, cause="abort by ada"), NOW)

    assert [found.kind for found in (by_itself, by_a_gate, by_a_person)] == ["unhealthy", "unknown", "unknown"]
    assert by_a_gate.reason == f"the rollout is {phase}: the gate 'smoke' failed"


def test_where_no_baseline_is_left_the_last_verdict_stands() -> None:
    last = state(step=2, begun=3)

    assert standing_verdict(PLAN, last, NOW + 3600).kind == "healthy"
    assert standing_verdict(PLAN, replace(last, phase="succeeded"), NOW + 3600).kind == "healthy"


def test_a_rollout_that_nothing_judges_is_unknown_to_its_end() -> None:
    plan = canary()

    assert standing_verdict(plan, RolloutState(phase="baking", step=0), NOW).kind == "unknown"
    assert standing_verdict(plan, RolloutState(phase="succeeded", step=2), NOW).kind == "unknown"


def test_a_verdict_is_one_flat_object() -> None:
    assert verdict_members(spoken("unhealthy", "too many errors", e=12.3, p=0.081, metric="errors")) == {
        "verdict": "unhealthy",
        "e": 12.3,
        "p": 0.081,
        "metric": "errors",
        "reason": "too many errors",
        "phase": "baking",
        "revision": "k3v9.42",
    }
    assert verdict_members(spoken("unknown", e=float("inf")))["e"] == 1e300
    assert verdict_members(spoken("unknown"))["metric"] is None


@pytest.mark.parametrize("kind", KINDS)
def test_argo_takes_healthy_for_success_unhealthy_for_failure_and_unknown_for_neither(kind: VerdictKind) -> None:
    result = verdict_members(spoken(kind))["verdict"]

    success, failure = result == "healthy", result == "unhealthy"

    assert (success, failure) == (kind == "healthy", kind == "unhealthy")


@pytest.mark.parametrize(
    ("hook", "yes"),
    [("confirm-traffic-increase", "healthy"), ("confirm-promotion", "healthy"), ("rollback", "unhealthy")],
)
def test_flagger_hears_yes_from_one_verdict_only(hook: Hook, yes: VerdictKind) -> None:
    answers = {kind: hook_status(hook, kind) for kind in KINDS}

    assert {kind for kind, status in answers.items() if status <= 202} == {yes}
    assert set(answers.values()) == {200, 403}
    assert len(SAYS_YES) == 3


def analysis_only() -> Plan:
    """Give a plan that moves nothing: another controller moves the traffic, the verdict is all that is wanted."""
    return Plan(
        strategy="canary",
        targets=(),
        steps=(Step(name="watch", hold_seconds=600.0), Step(name="watch on", hold_seconds=600.0)),
        analysis=judged(),
    )


def test_a_rollout_that_moves_nothing_is_judged_in_every_step_and_ends_by_itself() -> None:
    plan = analysis_only()
    now, current, analysis = START, RolloutState(since=START), judged()
    kinds = []

    while current.phase not in {"succeeded", "rolled-back", "aborted"}:
        decision = decide(plan, current, Tick(at=now))
        assert decision.effects == ()
        current = decision.state
        if current.phase == "baking" and current.evidence is not None:
            evidence = measured(analysis, current.evidence, window(now, 10.0), 2)
            current, now = replace(current, evidence=evidence), now + 15
            kinds.append(standing_verdict(plan, current, now).kind)

    assert current.phase == "succeeded"
    assert set(kinds) == {"healthy"}
    assert len(kinds) >= 80
