"""Rollouts over HTTP that stand where a test wants them."""

from dataclasses import replace
from typing import Any

from flagsvc.domain.analysis.judging import fresh, measured, step_begun, verdict_of
from flagsvc.domain.analysis.measurement import Arm, Measurement, VerdictKind
from flagsvc.domain.rollouts.deployment import deployment_after, moment
from flagsvc.domain.rollouts.reading import plan_of
from flagsvc.domain.rollouts.records import LogEntry
from flagsvc.domain.rollouts.state import RolloutState
from flagsvc.domain.rollouts.text import state_of_text, text_of_state
from flagsvc.usecases.reading import members_of
from flagsvc.usecases.writing import Plan, edit_of, settle
from tests.http.service import PRODUCTION, Service, intent

METRIC = {"name": "errors", "kind": "errors", "source": "own"}
ANALYSIS_ONLY = {
    "strategy": "canary",
    "targets": [],
    "steps": [{"name": "watch", "hold": "1h"}],
    "analysis": {"metrics": [METRIC], "every": "15s", "warmup": "0s"},
}
_BAD: dict[str, float | None] = {"healthy": 10.0, "unhealthy": 500.0, "unknown": None}


def begin(service: Service, key: str, **members: Any) -> None:
    """Begin a rollout that moves nothing."""
    service.ok("POST", f"{PRODUCTION}/rollouts", {"key": key, "plan": ANALYSIS_ONLY, **members})


def judged(service: Service, key: str, kind: VerdictKind) -> None:
    """Bring its step to this verdict, by what its metric said in the last five minutes."""
    now = seconds(service)
    stored, plan = _read(service, key)
    analysis = plan.analysis
    assert analysis is not None
    evidence = step_begun(analysis, fresh(analysis, 1, now - 300), now - 300)
    for number in range(20):
        start, bad = now - 300 + 15 * number, _BAD[kind]
        arms: dict[str, Any] = (
            {} if bad is None else {"baseline": Arm(events=1000, bad=10), "candidate": Arm(events=1000, bad=bad)}
        )
        window = Measurement(metric="errors", start=start, end=start + 15, **arms)
        evidence = measured(analysis, evidence, window, 1)
    verdict = verdict_of(analysis, evidence, now, 1)
    assert verdict.kind == kind
    members: dict[str, Any] = {
        "phase": "baking",
        "step": 0,
        "begun": 1,
        "held_since": now - 300,
        "started_at": now - 310,
    }
    put(service, key, replace(state_of_text(stored.text), **members, evidence=evidence, verdict=verdict))


def put(service: Service, key: str, state: RolloutState) -> None:
    """Store a state, and where its deployment stands."""

    def work(tx: Any) -> None:
        stored, ref = tx.rollout("production", key), ("production", "rollout", key)
        number, at = stored.version + 1, moment(tx.seconds())
        after = replace(stored, phase=state.phase, text=text_of_state(state), version=number, at=at)
        assert tx.put_rollout(after, LogEntry("production", key, number, at, state.phase, "{}", "[]", "[]"), None)
        document = next(each for each in tx.documents("production", "rollout") if tuple(each.ref) == ref)
        members = members_of(document)
        told = {**members, "deployment": deployment_after(members["deployment"], state)}
        settle(tx, intent(rollout=key), Plan("rollout.step", [edit_of(document.ref, document, told)], document.ref))

    service.store.run(["production"], work)


def state(service: Service, key: str) -> RolloutState:
    """Read a state."""
    return state_of_text(_read(service, key)[0].text)


def seconds(service: Service) -> float:
    """Tell the database's time."""
    with service.store.reading() as view:
        return view.seconds()


def _read(service: Service, key: str) -> Any:
    with service.store.reading() as view:
        stored = view.rollout("production", key)
        document = next(each for each in view.documents("production", "rollout") if each.ref.key == key)
    return stored, plan_of(members_of(document)["plan"])
