"""The timeline over HTTP: of a real rollout, from its stored log, without telling twice what was told."""

import json
from dataclasses import replace
from typing import Any

import pytest

from flagsvc.domain.analysis.measurement import Arm, Measurement
from flagsvc.domain.records import Ref
from flagsvc.domain.rollouts.events import Event, Measured, Routed, Tick
from flagsvc.domain.rollouts.records import LogEntry
from flagsvc.domain.rollouts.state import RolloutState
from flagsvc.domain.rollouts.text import state_of_text
from flagsvc.domain.rollouts.timeline import Tale
from flagsvc.usecases import timelines
from flagsvc.usecases.transitions import transit
from tests.http.service import API, PRODUCTION, Service, intent, pointers, problem

RELEASE = Ref("production", "rollout", "release")
PATH = f"{PRODUCTION}/rollouts/release"
PLAN = {
    "strategy": "canary",
    "targets": [{"name": "edge", "kind": "split", "key": "checkout", "candidate": "canary", "baseline": "stable"}],
    "steps": [{"name": f"{share} %", "weights": {"edge": 1000 * share}, "hold": "1m"} for share in (10, 100)],
    "analysis": {
        "metrics": [{"name": "errors", "kind": "errors", "source": "own", "of": "units"}],
        "every": "15s",
        "warmup": "0s",
    },
}


class Release:
    """A rollout in a real store, to which a test says what happens."""

    def __init__(self, service: Service) -> None:
        self.service = service
        service.ok("POST", f"{PRODUCTION}/rollouts", {"key": "release", "plan": PLAN})
        with service.store.reading() as view:
            self.now = view.seconds()
        self.tick()
        self.tick()
        self.tell(Routed(at=self.now, target="edge", standing="applied"))
        self.tick()

    def tell(self, event: Event) -> RolloutState:
        return self.service.store.run(["production"], lambda tx: transit(tx, intent(), RELEASE, event)).state

    def tick(self) -> RolloutState:
        return self.tell(Tick(at=self.now))

    def measure(self, bad: float) -> RolloutState:
        with self.service.store.reading() as view:
            stored = view.rollout("production", "release")
        assert stored is not None
        evidence = state_of_text(stored.text).evidence
        assert evidence is not None
        start = evidence.cursors["errors"]
        self.now = start + 15
        ours, others = Arm(events=1000, bad=bad), Arm(events=1000, bad=10)
        read = Measurement(metric="errors", start=start, end=self.now, baseline=others, candidate=ours)
        return self.tell(Measured(at=self.now, measurements=(read,), observed={"edge": 9_900}))


def agrees(service: Service) -> dict[str, Any]:
    """Read the timeline, and demand that it ends where the rollout is."""
    found, status = service.ok("GET", f"{PATH}/timeline"), service.ok("GET", PATH)["status"]
    last = found["points"][-1]
    assert (last["phase"], last["step"], last["verdict"]) == (
        status["phase"],
        status["step"],
        status["verdict"]["kind"],
    )
    assert [each["e"] for each in last["metrics"]] == [each["e"] for each in status["verdict"]["metrics"]]
    assert last["targets"]["edge"]["weight"] == status["targets"][0]["weight"]
    return found


def test_it_goes_on_with_its_rollout_and_ends_where_that_is(service: Service) -> None:
    release = Release(service)
    early = agrees(service)

    while release.measure(bad=150.0).phase == "baking":
        agrees(service)
    release.tell(Routed(at=release.now, target="edge", standing="applied"))
    release.tick()
    found = agrees(service)

    assert found["points"][: len(early["points"]) - 1] == early["points"][:-1]
    assert [marker["kind"] for marker in found["markers"]] == ["start", "step", "verdict", "rollback", "end"]
    measured = [point for point in found["points"] if any(each["window"] for each in point["metrics"])]
    assert {point["metrics"][0]["window"]["candidate"] for point in measured} == {0.15}
    assert {point["targets"]["edge"]["observed"] for point in measured[:-1]} <= {9_900}
    assert found["bounds"]["alarm"] == pytest.approx(100.0)
    assert found["held"] == ""


def test_what_was_told_is_not_told_again(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    release = Release(service)
    fresh = agrees(service)
    told: list[int] = []
    real = Tale.tell
    monkeypatch.setattr(Tale, "tell", lambda tale, entries: real(tale, _counted(entries, told)))

    agrees(service)
    release.measure(bad=10.0)
    agrees(service)

    with service.store.reading() as view:
        stored = view.rollout("production", "release")
    assert stored is not None
    assert told == [stored.version]
    assert len(fresh["points"]) > 1


def _counted(entries: Any, told: list[int]) -> Any:
    for entry in entries:
        told.append(entry.number)
        yield entry


def test_what_is_forgotten_is_told_anew_and_the_same(service: Service) -> None:
    release = Release(service)
    release.measure(bad=10.0)
    before = agrees(service)
    for number in range(timelines.MOST_TALES):
        plan = {**PLAN, "targets": [], "steps": [{"name": "look"}]}
        service.ok("POST", f"{PRODUCTION}/rollouts", {"key": f"other-{number}", "plan": plan})
        service.ok("GET", f"{PRODUCTION}/rollouts/other-{number}/timeline")

    assert agrees(service)["points"][:-1] == before["points"][:-1]


def test_it_is_as_fine_as_it_is_asked_for(service: Service) -> None:
    release = Release(service)
    for _ in range(15):
        release.measure(bad=9.0)

    found = service.ok("GET", f"{PATH}/timeline?points=10")

    assert len(found["points"]) == 10
    for points in ("9", "1001", "many", "1.5"):
        refused = service.request("GET", f"{PATH}/timeline?points={points}")
        assert pointers(problem(refused, 400, "malformed")) == ["query/points"]


def test_what_is_not_there_has_none(service: Service) -> None:
    for path in (f"{PRODUCTION}/rollouts/nothing", f"{API}/environments/nowhere/rollouts/release"):
        problem(service.request("GET", f"{path}/timeline"), 404, "not-found")


def test_one_that_a_newer_version_moves_says_so(service: Service) -> None:
    release = Release(service)
    with service.store.reading() as view:
        stored = view.rollout("production", "release")
    assert stored is not None
    event = json.dumps({"event": "teleported", "at": release.now})
    entry = LogEntry("production", "release", stored.version + 1, stored.at, stored.phase, event, "[]", "[]")
    newer = replace(stored, version=stored.version + 1)
    service.store.run(["production"], lambda tx: tx.put_rollout(newer, entry, None))

    found = service.ok("GET", f"{PATH}/timeline")

    assert found["points"] == []
    assert "its log cannot be read here" in found["held"]
